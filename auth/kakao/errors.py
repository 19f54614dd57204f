"""What can go wrong at Kakao, as data: who is told what, and who must act."""

from dataclasses import dataclass


def N_(text: str) -> str:
    """Mark a sentence for translation where it is written; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Cause:
    """One kind of failure.

    :ivar name: for the log.
    :ivar status: of the page.
    :ivar told: what the person reads.
    :ivar retry_after: seconds until another try makes sense.
    :ivar operator: what the operator must change; empty when nothing can be done here.
    """

    name: str
    status: int
    told: str
    retry_after: int | None = None
    operator: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether it is this person who is refused, however often they try."""
        return self.status == 403


class KakaoError(Exception):
    """A round to Kakao that did not end with a person.

    :ivar cause: what went wrong.
    :ivar number: Kakao's own number for it, such as KOE320 or -401, or what else was wrong.
    :ivar next_url: where the person was going, when that is still known.
    :ivar seconds: spent on the calls to Kakao.
    """

    seconds = 0.0

    def __init__(self, cause: Cause, number: str = "", next_url: str | None = None):
        super().__init__(f"{cause.name} {number}".strip())
        self.cause = cause
        self.number = number
        self.next_url = next_url

    @property
    def is_repeat(self) -> bool:
        """Whether the round may have ended well before: its state or code was used up."""
        return self.cause in (LOST, USED)


CANCELLED = Cause(
    "cancelled", 200, N_("시작하기를 취소했어요. 마음이 바뀌면 언제든 다시 눌러 주세요.")
)
LOST = Cause(
    "state lost", 400, N_("시작하던 곳과 이어지지 않았어요. 아래 버튼을 한 번만 다시 눌러 주세요.")
)
USED = Cause(
    "code used", 400, N_("시간이 조금 지나 버렸어요. 아래 버튼을 한 번만 다시 눌러 주세요.")
)
UNASKED = Cause("needs consent", 401, N_("카카오로 시작하려면 아래 버튼을 눌러 주세요."))
PASSING = Cause(
    "passing fault", 503, N_("카카오가 잠시 대답하지 못하고 있어요. 조금 뒤 다시 눌러 주세요."), 10
)
MAINTENANCE = Cause(
    "maintenance", 503, N_("카카오가 점검하고 있어요. 몇 분 뒤 다시 눌러 주세요."), 300
)
QUOTA = Cause(
    "quota exceeded", 503, N_("지금 시작하는 분이 아주 많아요. 조금 뒤 다시 눌러 주세요."), 60
)
BUSY = Cause(
    "no place left", 503, N_("카카오의 대답을 기다리는 분이 많아요. 조금 뒤 다시 눌러 주세요."), 5
)
UNREACHABLE = Cause("unreachable", 502, N_("카카오와 연결되지 않았어요. 조금 뒤 다시 눌러 주세요."))
TOO_SLOW = Cause(
    "too slow", 504, N_("카카오의 대답이 너무 늦어지고 있어요. 조금 뒤 다시 눌러 주세요.")
)
ODD = Cause("odd answer", 502, N_("카카오의 대답을 알아듣지 못했어요. 조금 뒤 다시 눌러 주세요."))
UNDER_14 = Cause(
    "under 14", 403, N_("만 14세가 되지 않은 분은 아직 함께할 수 없어요. 조금 더 크면 만나요.")
)
BLOCKED = Cause(
    "blocked",
    403,
    N_("지금 이 카카오계정으로는 시작할 수 없어요. 카카오 고객센터에 물어봐 주세요."),
)


def misconfigured(operator: str) -> Cause:
    """A failure that only the operator can end; people are told that it is not their fault."""
    return Cause(
        "misconfigured",
        500,
        N_("저희 쪽 설정에 문제가 있어요. 담당자에게 알렸으니 조금 뒤 다시 눌러 주세요."),
        operator=operator,
    )


WRONG_CREDENTIAL = (
    "KAKAO_CLIENT_SECRET is missing or wrong: "
    "copy it from the Kakao console, App > Platform key > REST API"
)
WRONG_ADMIN_KEY = (
    "KAKAO_ADMIN_KEY is wrong: copy it from the Kakao console, App > Admin key, or leave it unset"
)
WRONG_SCOPE = (
    "KAKAO_SCOPE names a consent item that is not switched on: "
    "Kakao console, Kakao Login > Consent items"
)

NO_ID_TOKEN = misconfigured(
    "KAKAO_OIDC is 1, but Kakao sent no id_token: switch OpenID Connect on: "
    "Kakao console, Kakao Login > OpenID Connect"
)

# How Kakao sends a person back without a code.
# https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-code
REFUSALS = {
    "access_denied": CANCELLED,
    "login_required": UNASKED,
    "consent_required": UNASKED,
    "interaction_required": UNASKED,
    "server_error": PASSING,
    "temporarily_unavailable": PASSING,
    "invalid_scope": misconfigured(WRONG_SCOPE),
}

# https://developers.kakao.com/docs/latest/ko/kakaologin/trouble-shooting
NUMBERS = {
    "KOE001": misconfigured("malformed request: check KAKAO_AUTH_URL and KAKAO_CLIENT_ID"),
    "KOE002": misconfigured("wrong address called: check KAKAO_AUTH_URL"),
    "KOE003": PASSING,
    "KOE004": misconfigured("switch on Kakao Login: Kakao console, Kakao Login > General"),
    "KOE005": misconfigured(
        "test app, and this account is not in its team: "
        "Kakao console, App > Members, or use the app that is not a test app"
    ),
    "KOE006": misconfigured(
        "register the redirect URI to the character: Kakao console, App > Platform key > REST API"
    ),
    "KOE007": misconfigured(
        "register the log-out redirect URI: Kakao console, Kakao Login > Logout"
    ),
    "KOE008": misconfigured(
        "KAKAO_CLIENT_ID is not the REST API key: Kakao console, App > Platform key"
    ),
    "KOE009": misconfigured(
        "allow this server's address: Kakao console, App > Platform key > REST API"
    ),
    "KOE010": misconfigured(WRONG_CREDENTIAL),
    "KOE101": misconfigured(
        "KAKAO_CLIENT_ID is unknown: "
        "copy the REST API key from the Kakao console, App > Platform key"
    ),
    "KOE102": misconfigured("connect a channel: Kakao console, Kakao Login > Channel"),
    "KOE201": misconfigured("response_type was refused: check what stands between us and Kakao"),
    "KOE202": misconfigured("response_type was refused: check what stands between us and Kakao"),
    "KOE203": misconfigured("a parameter of the consent request is missing or not allowed"),
    "KOE204": misconfigured("a parameter of the consent request is missing or not allowed"),
    "KOE205": misconfigured(WRONG_SCOPE),
    "KOE207": misconfigured(
        "KAKAO_SCOPE asks for more than the app may: Kakao console, Consent items"
    ),
    "KOE237": QUOTA,
    "KOE303": misconfigured(
        "the redirect URI at the token call differs from the one at the start: "
        "check that the proxy keeps Host and scheme"
    ),
    "KOE320": USED,
    # The token call's OAuth error, for an answer without a number (RFC 6749, 5.2).
    "invalid_grant": USED,
    "invalid_client": misconfigured(WRONG_CREDENTIAL),
    # https://developers.kakao.com/docs/latest/ko/rest-api/error-code
    "-1": PASSING,
    "-2": misconfigured("Kakao refused a parameter of ours: check KAKAO_API_URL"),
    "-3": misconfigured("switch the feature on: Kakao console, Kakao Login > General"),
    "-4": BLOCKED,
    "-5": misconfigured("the app lacks a permission: Kakao console, Kakao Login > Consent items"),
    "-7": PASSING,
    "-8": misconfigured("Kakao refused our headers: check what stands between us and Kakao"),
    "-9": misconfigured("Kakao withdrew an API that we call: update this site"),
    "-10": QUOTA,
    "-401": USED,
    "-402": UNASKED,
    "-406": UNDER_14,
    "-602": PASSING,
    "-603": PASSING,
    "-903": misconfigured("KAKAO_CLIENT_ID is unknown: Kakao console, App > Platform key"),
    "-9798": MAINTENANCE,
}


NOT_LINKED = ("-101", "-103")  # Kakao does not know the person, so nothing is left to unlink


def cause_of(number: str, status: int) -> Cause:
    """What a failed call means: by Kakao's number, or its OAuth error, or the HTTP status."""
    if cause := NUMBERS.get(number):
        return cause
    if status == 429:
        return QUOTA
    return PASSING if status >= 500 or number.startswith("KOE9") else ODD
