"""The two pages that people see at Kakao: consent and logout."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import unquote, urlencode, urlsplit

from flask import Blueprint, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from .errors import KOE, page
from .people import Person
from .store import CODE_LIFETIME, Grant, now, store

# Cookies ignore ports, so the name must differ from the site's cookies on the same host.
COOKIE = "sandbox_person"
SCOPES = frozenset({"openid", "profile_nickname", "profile_image", "account_email"})
# Without `scope` the console settings decide.
CONSOLE_SCOPES = SCOPES - {"openid"}
PROMPTS = {"none", "login", "create", "select_account"}

bp = Blueprint("authorize", __name__)


@dataclass(frozen=True)
class AuthorizationRequest:
    """The checked query of /oauth/authorize."""

    client_id: str
    redirect_uri: str
    state: str | None
    scopes: frozenset[str]
    prompts: frozenset[str]
    nonce: str | None
    code_challenge: str | None
    terms: frozenset[str]

    def redirect_back(self, **params: str) -> Response:
        """Redirect the browser back to the app with these parameters and its state."""
        if self.state is not None:
            params["state"] = self.state
        return redirect(with_query(self.redirect_uri, params))

    def reject(self, code: str, detail: str = "") -> Response:
        """Redirect back with one of KOE_IN_REDIRECT, its code in the description."""
        _, error, message = KOE[code]
        return self.redirect_back(error=error, error_description=f"{message}{detail} ({code})")


@bp.get("/oauth/authorize")
def show_consent() -> ResponseReturnValue:
    """Redirect a signed-in person who has consented straight back; show others the page."""
    authorization_request = parse_authorization_request()
    person = current_person()
    has_consented = person and store.has_consented(person, authorization_request.scopes)
    if person and has_consented and authorization_request.prompts <= {"none"}:
        return authorization_request.redirect_back(code=issue_code(authorization_request, person))
    if "none" in authorization_request.prompts:
        missing = "consent_required" if person else "login_required"
        return authorization_request.redirect_back(
            error=missing, error_description=f"user {missing.replace('_', ' ')}"
        )
    return render_template(
        "authorize.html", people=store.people.values(), authorization_request=authorization_request
    )


@bp.post("/oauth/authorize")
def submit_consent() -> ResponseReturnValue:
    """Redirect back with a code, or with an error if the person cancelled.

    Needs no cookie, so that tests can post here directly.
    """
    authorization_request = parse_authorization_request()
    if "cancel" in request.form:
        return authorization_request.redirect_back(
            error="access_denied", error_description="User denied access"
        )
    person = create_person() if "new" in request.form else selected_person()
    store.consent(person, authorization_request.scopes, authorization_request.terms)
    response = authorization_request.redirect_back(code=issue_code(authorization_request, person))
    response.set_cookie(COOKIE, str(person.id), path="/oauth", httponly=True, samesite="Lax")
    return response


@bp.get("/oauth/logout")
def show_logout() -> str:
    """Ask whether to sign out of the app only, or of the Kakao account, too."""
    check_logout()
    return render_template("logout.html", person=current_person())


@bp.post("/oauth/logout")
def submit_logout() -> ResponseReturnValue:
    """Revoke the tokens, end the Kakao session if chosen, and redirect back to the app."""
    check_logout()
    if person := current_person():
        store.revoke_tokens(person.id)
    state = {"state": request.args["state"]} if "state" in request.args else {}
    response = redirect(with_query(request.args["logout_redirect_uri"], state))
    if "account" in request.form:
        response.delete_cookie(COOKIE, path="/oauth")
    return response


def parse_authorization_request() -> AuthorizationRequest:
    """Return the checked query.

    An unknown app or redirect URI ends on a page here: the browser must not be redirected there.
    """
    query = request.args
    if query.get("client_id") not in (store.client_id, store.javascript_key):
        abort(page("KOE101"))
    if query["client_id"] == store.javascript_key and not is_registered(query.get("ka", "")):
        abort(page("KOE009"))
    if not is_web_url(query.get("redirect_uri")):
        abort(page("KOE006"))
    authorization_request = AuthorizationRequest(
        client_id=query["client_id"],
        redirect_uri=query["redirect_uri"],
        state=query.get("state"),
        scopes=split(query.get("scope")) or CONSOLE_SCOPES,
        prompts=split(query.get("prompt")),
        nonce=query.get("nonce"),
        code_challenge=query.get("code_challenge"),
        terms=split(query.get("service_terms")),
    )
    if query.get("response_type") != "code":
        code = "KOE202" if query.get("response_type") == "token" else "KOE201"
        abort(authorization_request.reject(code))
    if not authorization_request.prompts <= PROMPTS:
        abort(authorization_request.reject("KOE204"))
    if unknown := authorization_request.scopes - SCOPES:
        abort(authorization_request.reject("KOE205", f" [{', '.join(sorted(unknown))}]"))
    if authorization_request.code_challenge and query.get("code_challenge_method") != "S256":
        abort(authorization_request.reject("KOE204", " [code_challenge_method]"))
    return authorization_request


def is_registered(ka: str) -> bool:
    """Return whether the SDK runs on the app's domain, according to its `ka` parameter.

    Kakao compares the port, too. Tests use whichever is free, so it is ignored here.
    """
    origin = re.search("origin/([^ ]+)", ka)
    site = urlsplit(current_app.config["SITE"])
    return origin is not None and urlsplit(unquote(origin[1])).hostname == site.hostname


def check_logout() -> None:
    """Abort unless the app and its logout redirect URI are known."""
    if request.args.get("client_id") != store.client_id:
        abort(page("KOE101"))
    if not is_web_url(request.args.get("logout_redirect_uri")):
        abort(page("KOE007"))


def current_person() -> Person | None:
    """Return the person whose Kakao account this browser is signed in to."""
    return find_person(request.cookies.get(COOKIE))


def selected_person() -> Person:
    """Return the person chosen in the form."""
    return find_person(request.form.get("person")) or abort(page("KOE001"))


def find_person(text: str | None) -> Person | None:
    """Return the person with this id, given as text."""
    return store.people.get(int(text)) if text and re.fullmatch("[0-9]{1,19}", text) else None


def create_person() -> Person:
    """Store and return the person that the form describes; an existing id is overwritten."""
    form = request.form
    person_id = form.get("id", "").strip()
    if person_id and not (re.fullmatch("[0-9]{1,19}", person_id) and 0 < int(person_id) < 2**63):
        abort(page("KOE001"))
    nickname = form.get("nickname", "")
    image = form.get("image", "").strip() or None
    person = Person(
        id=int(person_id) if person_id else 2**53 + secrets.randbits(52),
        note="직접 만든 사람.",
        nickname=nickname,
        email=form.get("email", "").strip() or None,
        image=image,
        is_default_nickname="is_default_nickname" in form,
        is_default_image=image is None or "is_default_image" in form,
        is_email_valid="is_email_valid" in form,
        is_email_verified="is_email_verified" in form,
        declines=() if nickname else ("profile_nickname",),
    )
    store.people[person.id] = person
    return person


def issue_code(authorization_request: AuthorizationRequest, person: Person) -> str:
    """Return a new authorization code."""
    grant = Grant(
        person_id=person.id,
        scopes=authorization_request.scopes - set(person.declines),
        expires_at=now() + CODE_LIFETIME,
        authenticated_at=now(),
        redirect_uri=authorization_request.redirect_uri,
        code_challenge=authorization_request.code_challenge,
        nonce=authorization_request.nonce,
        client_id=authorization_request.client_id,
    )
    return store.issue(store.codes, grant)


def split(text: str | None) -> frozenset[str]:
    """Return the words of a list; Kakao accepts commas and spaces."""
    return frozenset((text or "").replace(",", " ").split())


def is_web_url(text: str | None) -> bool:
    """Return whether it is an absolute http or https URL."""
    parts = urlsplit(text or "")
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def with_query(url: str, params: dict[str, str]) -> str:
    """Return the URL with the parameters added to its query."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
