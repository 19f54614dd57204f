"""Test accounts, with the kinds of profiles that cause trouble to sites."""

from dataclasses import dataclass

PLACEHOLDER = "닉네임을 등록해주세요"  # Kakao shows this for people who never chose a name
PICTURES = "http://k.kakaocdn.net/dn"  # http, as Kakao often sends; never fetched


@dataclass(frozen=True)
class Person:
    """A Kakao account.

    `declines` are the consent items that this person never ticks.
    """

    id: int
    note: str = ""
    nickname: str = ""
    email: str | None = None
    image: str | None = None
    is_default_nickname: bool = False
    is_default_image: bool = True
    is_email_valid: bool = True
    is_email_verified: bool = True
    declines: tuple[str, ...] = ()

    @property
    def image_url(self) -> str:
        """The URL of the picture, or of the default one."""
        return self.image or f"{PICTURES}/default/img_640x640.jpg"

    @property
    def thumbnail_url(self) -> str:
        """The URL of the same picture, smaller."""
        return self.image_url.replace("img_640x640", "img_110x110")

    @property
    def shown_email(self) -> str | None:
        """The e-mail address, masked (ka***@…) if it now belongs to another account."""
        if not self.email or self.is_email_valid:
            return self.email
        name, _, host = self.email.partition("@")
        return f"{name[:2]}***@{host}"


PEOPLE = {
    "haneul": Person(
        4123456701,
        "빠짐없이 다 동의해요. 사진도 있어요.",
        nickname="하늘",
        email="haneul@example.com",
        image=f"{PICTURES}/haneul/img_640x640.jpg",
        is_default_image=False,
    ),
    "jieun": Person(
        9007199254740993,  # 2^53 + 1: as a float it would be the id of other_jieun
        "회원번호가 2의 53제곱보다 커요.",
        nickname="지은",
        email="jieun@example.com",
        image=f"{PICTURES}/jieun/img_640x640.jpg",
        is_default_image=False,
    ),
    "other_jieun": Person(
        9007199254740992,
        "이름이 같은 다른 사람. 회원번호가 하나 작아요.",
        nickname="지은",
        email="jieun.kim@example.com",
    ),
    "nameless": Person(
        4123456702,
        "닉네임 제공에 동의하지 않아요.",
        nickname="민수",
        email="minsu@example.com",
        declines=("profile_nickname",),
    ),
    "placeholder": Person(
        4123456703,
        "닉네임을 정한 적이 없어요 (is_default_nickname).",
        nickname=PLACEHOLDER,
        email="first-day@example.com",
        is_default_nickname=True,
    ),
    "no_email": Person(4123456704, "카카오계정에 이메일이 없어요.", nickname="바다"),
    "keeps_email": Person(
        4123456705,
        "이메일은 있지만 주지 않아요.",
        nickname="소라",
        email="sora@example.com",
        declines=("account_email",),
    ),
    "unverified": Person(
        4123456706,
        "이메일을 확인받지 않았어요.",
        nickname="도윤",
        email="jieun@example.com",
        is_email_verified=False,
    ),
    "old_email": Person(
        4123456707,
        "이메일이 남의 것이 되었어요. 가려져서 와요.",
        nickname="서준",
        email="kakao-friend@example.com",
        is_email_valid=False,
    ),
    "no_picture": Person(
        4123456708,
        "기본 프로필 사진이에요.",
        nickname="가을",
        email="gaeul@example.com",
    ),
    "emoji": Person(4123456709, "이모지 닉네임.", nickname="👩‍👩‍👧‍👦🏠", email="emoji@example.com"),
    "long_name": Person(
        4123456710,
        "닉네임이 너무 길어요.",
        nickname="아주아주아주길고긴이름을가진사람이라서스무자를훌쩍넘겨요",
        email="long@example.com",
    ),
    "invisible": Person(
        4123456711,
        "보이지 않는 글자뿐인 닉네임.",
        nickname="\u3164\u3164",  # Hangul filler: a letter, yet blank
        email="invisible@example.com",
    ),
    "impostor": Person(
        4123456712, "운영자인 척하는 닉네임.", nickname="관리자", email="impostor@example.com"
    ),
}
