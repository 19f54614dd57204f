"""Telephone numbers, e-mail and street addresses, which no one should make public by mistake."""

import unicodedata

import regex

GAP = r"[^\p{L}\p{N}]{0,3}"  # 010-1234-5678, 010.1234.5678, (010) 1234 5678
MOBILE = rf"(?:\+?82{GAP}0?|0)1[016789]{GAP}\d{{3,4}}{GAP}\d{{4}}(?!\d)"
LANDLINE = r"(?<!\d)0(?:2|[3-6][1-5]|70|50\d?)[-. )]{1,3}\d{3,4}[-. ]\d{4}(?!\d)"
SERVICE = r"(?<!\d)1[5-9]\d\d-\d{4}(?!\d)"
FOREIGN = r"\+\d(?:[-. ()]{0,2}\d){7,}"
MOBILE_NUMBER = regex.compile(MOBILE)
TELEPHONE_NUMBER = regex.compile("|".join((MOBILE, LANDLINE, SERVICE, FOREIGN)))
# How people hide a number from machines: 공일공, O1O.
SPELLED_DIGITS = str.maketrans("공영일이삼사오육칠팔구oOlI", "001234567890011")

PROVIDERS = "gmail|naver|daum|hanmail|kakao|nate|hotmail|outlook|icloud|yahoo"
EMAIL = regex.compile(
    rf"[\w.+-]\s*@\s*[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}}|(?:@|골뱅이|\bat)\s*(?:{PROVIDERS})\b"
    rf"|(?:{PROVIDERS})\s*(?:\.|닷|점)\s*(?:com|net|co\.kr|컴|넷)",
    regex.IGNORECASE,
)

PROVINCE = r"(?:경기|강원|충청[남북]|전라[남북]|전북|경상[남북]|제주)(?:특별자치)?도"
DISTRICT = rf"(?:{PROVINCE}|서울|[가-힣]{{2,}}시|[가-힣]+[군구읍면])"
ROAD = r"[가-힣\d.]*[가-힣](?:로|길)"
LOT = r"\d{1,4}(?:-\d{1,4})?(?:번지)?"
# In words such as 마음대로 the end is no road, although a number may follow.
ADVERB = r"(?:맘|음|멋|뜻|그|이|나|너|저|는|던|한|된|될)대로|[홀새서바스절제따]로"
STREET_ADDRESS = regex.compile(
    rf"\d{{1,4}}\s*동\s*\d{{1,4}}\s*호|\d{{1,2}}\s*층\s*\d{{1,4}}\s*호"
    rf"|(?:아파트|빌라|맨션|오피스텔)\s*\d{{1,4}}\s*(?:동|호)"
    rf"|[가-힣\d]+(?:동|리|가)\s*\d{{1,4}}-\d{{1,4}}(?!\d)|[가-힣](?:동|리|가|산)\s*\d+번지"
    rf"|{DISTRICT}\s+(?:{DISTRICT}\s+)*(?:{ROAD}|[가-힣\d]+[동리])\s*{LOT}(?!\d)"
    rf"|{DISTRICT}\s+{DISTRICT}\s+(?:{ROAD}|[가-힣\d]+[동리])(?![가-힣])"
    rf"|{ROAD}\s*\d+번?길\s*{LOT}(?!\d)"
    rf"|(?<![가-힣])(?!(?:[가-힣]*)(?:{ADVERB}))[가-힣\d]*[가-힣]{{2}}(?:로|길)\s+(?=\d[\d-]){LOT}(?![\d\p{{L}}])"
    rf"|\d+,?\s*[a-z-]+-(?:daero|ro|gil|dong)\b",
    regex.IGNORECASE,
)


def is_contact(text: str) -> bool:
    """Return whether a text contains a telephone number, an e-mail address or a street address.

    Digits may be full-width, spelled in Korean or with letters, and separated in any usual way.
    """
    text = unicodedata.normalize("NFKC", text)
    return bool(
        TELEPHONE_NUMBER.search(text)
        or MOBILE_NUMBER.search(text.translate(SPELLED_DIGITS))
        or EMAIL.search(text)
        or STREET_ADDRESS.search(text)
    )
