"""Everyday names, places and words: the rules for nicknames must not reject them."""

import itertools

from auth.nicknames import suggestions

SURNAMES = (
    "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 유 전 홍 고 문 양 손 배 백 남궁"
)
GIVEN_NAMES = """
    지은 민수 서준 하준 도윤 시우 주원 예준 지호 지후 준우 서연 서윤 지우 서현 하은 하윤 민서
    지유 윤서 채원 수아 지민 지아 은우 유준 이준 현우 승현 영수 영희 순자 정숙 미영 은정 혜진
    성민 재현 각가 가까 박기 바끼 은하 다은 관우 기태 국기 별이 한별 슬기 아라 이안 리안 로이
    우리 나라
"""
EVERYDAY = """
    집순이 집돌이 곰돌이 콩이 두부 감자 토리 보리 초코 몽이 구름이 햇살 노을 하늘 바다 별빛 달빛
    ㅋㅋ ㅋㅋㅋ ㅎㅎ ㅠㅠ ㅜㅜ ㅇㅇ ㄲㄲ ㄱㄱ ㄱㄱㄱㄱ ㅃㅃ ㅂㅂㅂㅂ ㅆㅆ ㅅㅅㅅㅅ ㅎㅇ ㅇㅋ
    ㄸㄸ jieun minsu seojun hana yuna suji mina jisu jisoo jiho jian leo luna bomi bora somi
    sora nari home happy sunny kim lee park choi jung kang cho yoon jang 지은2 지은3 지은94
    지은1004 min5 mins 지은❤ 지은💛 🐱🐶 🐶🐱 👍🏻 👍🏿 지은! 지은. 지은_ 지은네집 지은이네
    지은의집
"""


def everyday_names() -> list[str]:
    """About ten thousand names that people in Korea have."""
    surnames, given_names = SURNAMES.split(), GIVEN_NAMES.split()
    full_names = [surname + name for surname, name in itertools.product(surnames, given_names)]
    lists = [suggestions.word_list(name) for name in ("adjectives", "nouns", "places")]
    made = [adjective + noun for adjective, noun in itertools.product(lists[0][::5], lists[1])]
    homes = [f"{name}네{place}" for name, place in itertools.product(given_names, lists[2][::3])]
    return [*full_names, *given_names, *EVERYDAY.split(), *lists[1], *made, *homes]


# Words that seem to contain an insult, a telephone number or an address, and place names.
INNOCENT_WORDS = """
    시발점 시발역 시발택시 다시발견 역시발코니 고시발표 출시발표 즉시발급 개시발표 혹시발라
    몇시발차 솜씨발휘 글씨발견 아저씨발걸음 병신년 병신일주 시바견 시바이누 시발자동차 임시발행
    새끼손가락 새끼발가락 강아지새끼 개나리 개구리 개미 개똥이 개성 개운한 개념 개울가 개발자국
    지랄탄 보지도못한 보지마 못본지 자지마 자지러지는 잠자지 자지않는곰 쉬지마 조개구이 조까치
    까치 존경 존나무 존댓말 졸라맨 미친듯이 미친사랑 미친존재감 꺼져가는촛불 불꺼져 닥쳐온봄
    느긋한 느그시 니애니 어머니 아버지 에미넴 애미야 애미상 창녕 한남동 한남대교 김치찌개
    김치냉장고 된장국 맘마 급식소 홍어무침 섹시한곰 색시 새색시 시집 걸레질 물걸레 호박 냄비
    십자가 십자수 십원 십년지기 씹는맛 꼭꼭씹어 등신불 등신대 등심 쌍둥이 쌍문동 쌍화차 상추
    사과 고보지 다보지 방망이 시바 시팔공 씨앗 씨름 날씨좋은날 아가씨 손씨네 박씨 강간다 강가
    야동초등학교 야동동 섹션 죽어도좋아 뒤져보기 갈보트 걸어요 신발 신발장 새신발
    지은씨발자국 김씨아저씨 ㅅㅅ ㅂㅂ ㅈㅈ ㄱㅅ ㅇㅈ ㄴㅇㄱ ㅊㅋ ㅎㄷㄷ ㅈㅅ ㅋㅅㅋ ㅠㅅㅠ
    ㅇㅅㅇ ㅂㅇ ㅅㄱ ㅗ 오ㅗ ㅜㅗㅜ yoshi shiba shibainu shitake assam class pass bass grass
    mass dickens dickinson scunthorpe sussex essex cockatoo peacock hancock titan title
    matsushita arsenal analytics therapist pussycat slutsk raccoon sextant fukuoka fukuda
    shirley sibilant hoya cocktail butter
"""
PLACES = """
    서울 부산 대구 인천 광주 대전 울산 세종 수원 성남 고양 용인 부천 안산 안양 남양주 화성 평택
    의정부 시흥 파주 김포 광명 군포 이천 오산 하남 양주 구리 안성 포천 의왕 여주 양평 동두천
    과천 가평 연천 춘천 원주 강릉 동해 태백 속초 삼척 홍천 횡성 영월 평창 정선 철원 화천 양구
    인제 고성 양양 청주 충주 제천 보은 옥천 영동 증평 진천 괴산 음성 단양 천안 공주 보령 아산
    서산 논산 계룡 당진 금산 부여 서천 청양 홍성 예산 태안 전주 군산 익산 정읍 남원 김제 완주
    진안 무주 장수 임실 순창 고창 부안 목포 여수 순천 나주 광양 담양 곡성 구례 고흥 보성 장흥
    강진 해남 영암 무안 함평 영광 장성 완도 진도 신안 포항 경주 김천 안동 구미 영주 영천 상주
    문경 경산 군위 의성 청송 영양 영덕 청도 고령 성주 칠곡 예천 봉화 울진 울릉 창원 진주 통영
    사천 김해 밀양 거제 양산 의령 함안 창녕 남해 하동 산청 함양 거창 합천 제주 서귀포 강남 강동
    강북 강서 관악 광진 구로 금천 노원 도봉 동대문 동작 마포 서대문 서초 성동 성북 송파 양천
    영등포 용산 은평 종로 중랑 역삼동 삼성동 청담동 압구정 신사동 논현동 대치동 도곡동 개포동
    일원동 수서동 잠실 방이동 오금동 가락동 문정동 연남동 합정동 망원동 상수동 서교동 성수동
    왕십리 이태원 한남동 보광동 후암동 해방촌 경리단길 가로수길 북촌 서촌 익선동 인사동 명동
    신당동 약수동 미아동 수유동 쌍문동 방학동 창동 상계동 중계동 하계동 공릉동 불광동 녹번동
    응암동 갈현동 구파발 지축 삼송 원흥 화정 대화 주엽 정발산 마두 백석 곡산 일산 판교 분당
    정자동 미금 오리 죽전 보정 구성 신갈 기흥
"""


def everyday_words() -> list[str]:
    """About 1,500 nicknames, place names and words."""
    return [*everyday_names()[::12], *PLACES.split(), *INNOCENT_WORDS.split()]
