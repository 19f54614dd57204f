"""The two pages a person sees at Kakao: consent, and log-out."""

import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, abort, redirect, render_template, request

from sandbox.errors import KOE, page
from sandbox.memory import CODE_LIVES, memory, now
from sandbox.people import Person

# Cookies do not know ports: the name must not meet one of the site's on the same host.
COOKIE = "sandbox_person"
SCOPES = frozenset({"openid", "profile_nickname", "profile_image", "account_email"})
# Without `scope` the console decides which items are asked for.
CONSOLE_SCOPES = SCOPES - {"openid"}
PROMPTS = {"none", "login", "create", "select_account"}

bp = Blueprint("authorize", __name__)


def init_app(app):
    app.register_blueprint(bp)


@dataclass(frozen=True)
class Wish:
    """What the app asks for when it sends a browser here."""

    redirect_uri: str
    state: str | None
    scopes: frozenset[str]
    prompts: frozenset[str]
    nonce: str | None
    code_challenge: str | None
    terms: frozenset[str]

    def back(self, **answer):
        """Send the browser back to the app with this answer, and its own state."""
        if self.state is not None:
            answer["state"] = self.state
        return redirect(with_query(self.redirect_uri, answer))


@bp.get("/oauth/authorize")
def ask():
    """Whoever is remembered and has consented goes straight back; others choose a person."""
    wish = read_wish()
    person = remembered()
    consented = person is not None and memory.has_consented(person, wish.scopes)
    if consented and wish.prompts <= {"none"}:
        return wish.back(code=new_code(wish, person))
    if "none" in wish.prompts:
        missing = "consent_required" if person else "login_required"
        return wish.back(error=missing, error_description=f"user {missing.replace('_', ' ')}")
    return render_template("authorize.html", people=memory.people.values(), wish=wish)


@bp.post("/oauth/authorize")
def answer():
    """A person was chosen, made up, or pressed cancel. Needs no cookie: tests post here too."""
    wish = read_wish()
    if "cancel" in request.form:
        return wish.back(error="access_denied", error_description="User denied access")
    person = new_person() if "new" in request.form else chosen()
    memory.consent(person, wish.scopes, wish.terms)
    back = wish.back(code=new_code(wish, person))
    back.set_cookie(COOKIE, str(person.id), path="/oauth", httponly=True, samesite="Lax")
    return back


@bp.get("/oauth/logout")
def leave():
    """Ask whether to leave only the app, or the Kakao account as well."""
    check_logout()
    return render_template("logout.html", person=remembered())


@bp.post("/oauth/logout")
def left():
    """Forget what was asked to be forgotten and go back to the app."""
    check_logout()
    if person := remembered():
        memory.end_tokens(person.id)
    state = {"state": request.args["state"]} if "state" in request.args else {}
    back = redirect(with_query(request.args["logout_redirect_uri"], state))
    if "account" in request.form:
        back.delete_cookie(COOKIE, path="/oauth")
    return back


def read_wish() -> Wish:
    """Check the query. Mistakes of the app's settings end on a page here and never go back."""
    sent = request.args
    if sent.get("client_id") != memory.client_id:
        abort(page("KOE101"))
    if not is_web_address(sent.get("redirect_uri")):
        abort(page("KOE006"))
    if sent.get("response_type") != "code":
        abort(page("KOE202" if sent.get("response_type") == "token" else "KOE201"))
    wish = Wish(
        redirect_uri=sent["redirect_uri"],
        state=sent.get("state"),
        scopes=words(sent.get("scope")) or CONSOLE_SCOPES,
        prompts=words(sent.get("prompt")),
        nonce=sent.get("nonce"),
        code_challenge=sent.get("code_challenge"),
        terms=words(sent.get("service_terms")),
    )
    if not wish.prompts <= PROMPTS:
        abort(page("KOE204"))
    if unknown := wish.scopes - SCOPES:
        said = f"{KOE['KOE205'][2]} [{', '.join(sorted(unknown))}] (KOE205)"
        abort(wish.back(error="invalid_scope", error_description=said))
    if wish.code_challenge and sent.get("code_challenge_method") != "S256":
        said = "code_challenge_method must be S256"
        abort(wish.back(error="invalid_request", error_description=said))
    return wish


def check_logout() -> None:
    if request.args.get("client_id") != memory.client_id:
        abort(page("KOE101"))
    if not is_web_address(request.args.get("logout_redirect_uri")):
        abort(page("KOE007"))


def remembered() -> Person | None:
    """Who signed in with this browser last: the stand-in's Kakao account session."""
    return find_person(request.cookies.get(COOKIE))


def chosen() -> Person:
    return find_person(request.form.get("person")) or abort(page("KOE001"))


def find_person(number: str | None) -> Person | None:
    return memory.people.get(int(number)) if re.fullmatch("[0-9]{1,19}", number or "") else None


def new_person() -> Person:
    """Make the person the form describes; an id that exists becomes that person anew."""
    form = request.form
    number = form.get("id", "").strip()
    if number and not (re.fullmatch("[0-9]{1,19}", number) and 0 < int(number) < 2**63):
        abort(page("KOE001"))
    nickname = form.get("nickname", "")
    image = form.get("image", "").strip() or None
    person = Person(
        id=int(number) if number else 2**53 + secrets.randbits(52),
        note="직접 만든 사람.",
        nickname=nickname,
        email=form.get("email", "").strip() or None,
        image=image,
        is_default_nickname="is_default_nickname" in form,
        is_default_image=image is None or "is_default_image" in form,
        is_email_valid="is_email_valid" in form,
        is_email_verified="is_email_verified" in form,
        refuses=() if nickname else ("profile_nickname",),
    )
    memory.people[person.id] = person
    return person


def new_code(wish: Wish, person: Person) -> str:
    return memory.issue(
        memory.codes,
        person_id=person.id,
        scopes=wish.scopes - set(person.refuses),
        expires_at=now() + CODE_LIVES,
        began_at=now(),
        redirect_uri=wish.redirect_uri,
        code_challenge=wish.code_challenge,
        nonce=wish.nonce,
    )


def words(text: str | None) -> frozenset[str]:
    """Kakao takes commas as well as spaces."""
    return frozenset((text or "").replace(",", " ").split())


def is_web_address(text: str | None) -> bool:
    parts = urlsplit(text or "")
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def with_query(address: str, answer: dict[str, str]) -> str:
    if not answer:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(answer)}"
