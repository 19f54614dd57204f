"""Kakao's error codes as data: Failure, KakaoError."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """One kind of failure.

    :ivar name: for the log, and for the message that visitors read.
    :ivar status: HTTP status of the page.
    :ivar retry_after: seconds after which to try again; None if waiting does not help.
    :ivar fix: what the operator must change; empty if nothing can be done here.
    """

    name: str
    status: int
    retry_after: int | None = None
    fix: str = ""


class UnhandledError(Exception):
    """Base of KakaoError: what the extension shows its page for.

    Flask prefers the handler of the closest class. So a site's handler for KakaoError wins, whether
    it is registered before or after the extension's.
    """


class KakaoError(UnhandledError):
    """A sign-in attempt that Kakao did not complete, or a call to Kakao that failed.

    :ivar failure: what went wrong.
    :ivar code: Kakao's own code for it, such as KOE320 or -401, or another detail for the log.
    :ivar next_url: where the person was going, if we still know.
    :ivar kakao_seconds: seconds that the calls to Kakao took.
    :ivar is_from_kakao: whether Kakao itself reported it to this server. Anyone can type the query
        of a callback.
    :ivar is_app: whether the sign-in went through the KakaoTalk app.
    """

    kakao_seconds = 0.0
    is_from_kakao = True
    is_app = False

    def __init__(self, failure: Failure, code: str = "", next_url: str | None = None) -> None:
        super().__init__(f"{failure.name} {code}".strip())
        self.failure = failure
        self.code = code
        self.next_url = next_url

    @property
    def status(self) -> int:
        """HTTP status of the page. What a visitor can type in must not look like an outage."""
        return 400 if self.failure.status >= 500 and not self.is_from_kakao else self.failure.status

    @property
    def works_on_the_web(self) -> bool:
        """Whether only the way through the app is misconfigured: it has a key of its own."""
        return self.is_app and bool(self.failure.fix) and not self.is_from_kakao

    @property
    def has_button(self) -> bool:
        """Whether signing in once more may help."""
        return self.works_on_the_web or self.failure.name not in WITHOUT_BUTTON

    @property
    def message_name(self) -> str:
        """The name of what visitors read, in messages.py."""
        return "app misconfigured" if self.works_on_the_web else self.failure.name

    @property
    def may_be_repeat(self) -> bool:
        """Whether this callback may have succeeded before: its state or code has been used."""
        return self.failure in (STATE_MISMATCH, REQUEST_EXPIRED, CODE_USED)


class AnotherPersonError(KakaoError):
    """The id_token and the profile name two people: no one must be signed in."""

    def __init__(self) -> None:
        super().__init__(UNEXPECTED_RESPONSE, "two-ids")


CANCELLED = Failure("cancelled", 200)
CONSENT_MISSING = Failure("consent missing", 403)
STATE_MISMATCH = Failure("state mismatch", 400)
NO_COOKIE = Failure("no cookie", 400)
CODE_USED = Failure("code used", 400)
REQUEST_EXPIRED = Failure("request expired", 400)
SIGN_UP_EXPIRED = Failure("sign-up expired", 400)
SIGN_IN_TIMED_OUT = Failure("sign-in timed out", 400)
POPUP_BLOCKED = Failure("pop-up blocked", 400)
UNSUPPORTED_BROWSER = Failure("unsupported browser", 400)
INTERACTION_REQUIRED = Failure("interaction required", 401)
TEMPORARY = Failure("temporary failure", 503, retry_after=10)
MAINTENANCE = Failure("maintenance", 503, retry_after=300)
RATE_LIMITED = Failure("rate limited", 503, retry_after=60)
OVERLOADED = Failure("overloaded", 503, retry_after=5)
UNREACHABLE = Failure("unreachable", 502)
TIMED_OUT = Failure("timed out", 504)
UNEXPECTED_RESPONSE = Failure("unexpected response", 502)
UNDER_14 = Failure("under 14", 403)
BLOCKED = Failure("blocked", 403)

# After these, trying again does not help.
WITHOUT_BUTTON = frozenset({"under 14", "blocked", "misconfigured"})

# A call that changes nothing may succeed when it is sent once more.
RETRIABLE = (TEMPORARY, MAINTENANCE, UNREACHABLE)


def misconfigured(fix: str) -> Failure:
    """Return a failure that only the operator can end, by doing what `fix` says."""
    # 503: the site is unavailable until then. A 500 in monitoring means a bug.
    return Failure("misconfigured", 503, fix=fix)


FIX_CLIENT_SECRET = misconfigured(
    "KAKAO_CLIENT_SECRET is missing or wrong: "
    "copy it from the Kakao console, App > Platform key > REST API"
)
FIX_ADMIN_KEY = misconfigured(
    "KAKAO_ADMIN_KEY is wrong: "
    "copy it from the Kakao console, App > Platform key > Admin key, or leave it unset"
)
ADMIN_KEY_NOT_ALLOWED = misconfigured(
    "KAKAO_ADMIN_KEY may not call this API: allow unlinking, log-out and user info: "
    "Kakao console, App > Platform key > Admin key"
)
IP_NOT_ALLOWED = misconfigured(
    "Kakao does not accept calls from this server's IP address: add it to the allowed IP "
    "addresses, or remove the list: Kakao console, App > Platform key > REST API"
)
FIX_SCOPE = misconfigured(
    "KAKAO_SCOPE names a consent item that is not switched on: "
    "Kakao console, Kakao Login > Consent items"
)
FIX_REQUEST = misconfigured(
    "Kakao rejects the authorization request: check the settings with flask kakao doctor"
)
NO_ID_TOKEN = misconfigured(
    "KAKAO_OIDC is 1, but Kakao sent no id_token: switch OpenID Connect on: "
    "Kakao console, Kakao Login > OpenID Connect"
)

# How Kakao, or its JavaScript SDK, sends a person back without a code, unless the description
# says more.
# https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-code
AUTHORIZATION_ERRORS = {
    "access_denied": CANCELLED,
    "login_required": INTERACTION_REQUIRED,
    "consent_required": INTERACTION_REQUIRED,
    "interaction_required": INTERACTION_REQUIRED,
    "timeout": SIGN_IN_TIMED_OUT,
    "LOGIN_TIMEOUT": SIGN_IN_TIMED_OUT,
    "NOT_SUPPORTED_BROWSER": UNSUPPORTED_BROWSER,
    "server_error": TEMPORARY,
    "temporarily_unavailable": TEMPORARY,
    "invalid_scope": FIX_SCOPE,
    "invalid_request": FIX_REQUEST,
    "invalid_client": FIX_REQUEST,
    "unauthorized_client": FIX_REQUEST,
    "unsupported_response_type": FIX_REQUEST,
}

# https://developers.kakao.com/docs/latest/ko/kakaologin/trouble-shooting
ERROR_CODES = {
    "KOE001": misconfigured("malformed request: check KAKAO_AUTH_URL and KAKAO_CLIENT_ID"),
    "KOE002": misconfigured("wrong URL called: check KAKAO_AUTH_URL"),
    "KOE003": TEMPORARY,
    "KOE004": misconfigured("switch on Kakao Login: Kakao console, Kakao Login > General"),
    "KOE005": misconfigured(
        "test app, and this account is not in its team: "
        "Kakao console, App > Members, or use the app that is not a test app"
    ),
    "KOE006": misconfigured(
        "register exactly this redirect URI: Kakao console, App > Platform key > REST API"
    ),
    "KOE007": misconfigured(
        "register the log-out redirect URI, or leave KAKAO_LOGOUT_REDIRECT unset: "
        "Kakao console, Kakao Login > Logout"
    ),
    "KOE008": misconfigured(
        "KAKAO_CLIENT_ID is not the REST API key: Kakao console, App > Platform key"
    ),
    "KOE009": misconfigured(
        "register the site's domain under the JavaScript key, "
        "and this server's IP address if the REST API key has a list of allowed ones: "
        "Kakao console, App > Platform key"
    ),
    "KOE010": FIX_CLIENT_SECRET,
    "KOE023": POPUP_BLOCKED,
    "KOE101": misconfigured(
        "KAKAO_CLIENT_ID is unknown, or a key of another type: "
        "copy the REST API key from the Kakao console, App > Platform key"
    ),
    "KOE102": misconfigured("connect a channel: Kakao console, Kakao Login > Channel"),
    "KOE201": misconfigured("response_type was rejected: check what stands between us and Kakao"),
    "KOE202": misconfigured("response_type was rejected: check what stands between us and Kakao"),
    "KOE203": CONSENT_MISSING,
    "KOE204": misconfigured("a parameter of the authorization request has a forbidden value"),
    "KOE205": FIX_SCOPE,
    "KOE207": misconfigured("a required parameter of the authorization request is missing"),
    "KOE237": RATE_LIMITED,
    "KOE303": misconfigured(
        "the redirect URI at the token call differs from the one at the start: "
        "check that the proxy keeps Host and scheme"
    ),
    "KOE310": misconfigured("grant_type was rejected: check what stands between us and Kakao"),
    "KOE320": CODE_USED,
    # The token call's OAuth error, for a response without a code (RFC 6749, 5.2).
    "invalid_grant": CODE_USED,
    "invalid_client": FIX_CLIENT_SECRET,
    # https://developers.kakao.com/docs/latest/ko/rest-api/error-code
    "-1": TEMPORARY,
    "-2": misconfigured("Kakao rejected a parameter of ours: check KAKAO_API_URL"),
    "-3": misconfigured("switch the feature on: Kakao console, Kakao Login > General"),
    "-4": BLOCKED,
    "-5": misconfigured("the app lacks a permission: Kakao console, Kakao Login > Consent items"),
    "-6": TEMPORARY,
    "-7": TEMPORARY,
    "-8": misconfigured("Kakao rejected our headers: check what stands between us and Kakao"),
    "-9": misconfigured("Kakao withdrew an API that we call: update this site"),
    "-10": RATE_LIMITED,
    "-11": TEMPORARY,
    "-12": misconfigured(
        "Kakao has put the app or its developer account under sanction: "
        "read the reason in the Kakao console, and ask Kakao's developer support"
    ),
    "-201": misconfigured("Kakao rejected a property name of ours: update this site"),
    "-401": CODE_USED,
    "-402": CONSENT_MISSING,
    "-406": UNDER_14,
    "-602": TEMPORARY,
    "-603": TEMPORARY,
    "-903": misconfigured("KAKAO_CLIENT_ID is unknown: Kakao console, App > Platform key"),
    "-9798": MAINTENANCE,
}

# The same codes about a sign-in through the app, which begins with the JavaScript key.
PLATFORM_KEY = "Kakao console, App > Platform key > JavaScript key"
JAVASCRIPT_KEY_FIXES = {
    "KOE006": f"register the redirect URI under the JavaScript key, too: {PLATFORM_KEY}",
    "KOE009": f"register the site's domain: {PLATFORM_KEY}",
    "KOE101": f"KAKAO_JAVASCRIPT_KEY is unknown: copy it from the {PLATFORM_KEY}",
}

# The person is not linked to this app, or no longer has a Kakao account.
ALREADY_UNLINKED_CODES = ("-101", "-103")


def failure_for(code: str, status: int) -> Failure:
    """Return what a failed call means.

    :param code: Kakao's error code, or else the OAuth error; may be empty.
    :param status: HTTP status of the response.
    """
    if failure := ERROR_CODES.get(code):
        return failure
    if status == 429:
        return RATE_LIMITED
    return TEMPORARY if status >= 500 or code.startswith("KOE9") else UNEXPECTED_RESPONSE


def authorization_error(
    error: str, description: str, next_url: str | None = None, is_app: bool = False
) -> KakaoError:
    """Return the error for a callback without a code.

    :param error: from the query of the callback.
    :param description: its error_description; one `error` has several meanings. It may hold
        anything, so neither log nor show it.
    :param is_app: whether the sign-in went through the KakaoTalk app.

    https://developers.kakao.com/docs/latest/ko/kakaologin/trouble-shooting
    """
    code = "".join(re.findall("KOE[0-9]{3}", description)[:1])
    if error == "access_denied" and "under age" in description.lower():
        failure = UNDER_14
    elif is_app and code in JAVASCRIPT_KEY_FIXES:
        failure = misconfigured(JAVASCRIPT_KEY_FIXES[code])
    else:
        failure = ERROR_CODES.get(code) or AUTHORIZATION_ERRORS.get(error, UNEXPECTED_RESPONSE)
    kakao_error = KakaoError(failure, code, next_url)
    kakao_error.is_from_kakao, kakao_error.is_app = False, is_app
    return kakao_error
