"""What there is to see: home, a member's page, the small print, and whether the site is well."""

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from auth import next_url, nicknames
from models import FormerNickname, Member, db, now
from web import language

NEWEST = 12  # members on the home page

bp = Blueprint("pages", __name__)


@bp.get("/")
def home():
    """One button for a visitor; the newest neighbours for a member."""
    newest = []
    if current_user.is_authenticated:
        newest = db.session.scalars(select(Member).order_by(Member.id.desc()).limit(NEWEST)).all()
    return render_template("pages/home.html", newest=newest)


@bp.get("/@<nickname>")
def member(nickname: str):
    """A member's page, for everybody; other spellings and a name given up lately lead to it."""
    key = nicknames.key(nickname)
    found = db.session.scalar(select(Member).filter_by(nickname_key=key)) or formerly(key)
    if found is None:
        abort(404)
    if found.nickname != nickname:
        return redirect(url_for("pages.member", nickname=found.nickname))
    return render_template("pages/member.html", member=found)


def formerly(key: str) -> Member | None:
    return db.session.scalar(
        select(Member)
        .join(FormerNickname)
        .where(FormerNickname.nickname_key == key, FormerNickname.kept_until > now())
    )


@bp.get("/terms")
def terms():
    """The rules of living together."""
    return render_template("pages/terms.html")


@bp.get("/privacy")
def privacy():
    """What is kept of a person, why, and for how long."""
    return render_template("pages/privacy.html")


@bp.get("/favicon.ico")
@bp.get("/robots.txt")
def at_the_root():
    """What browsers and robots ask for at the root, whatever a page says."""
    return current_app.send_static_file(request.path.removeprefix("/"))


@bp.get("/language/<any(ko, en):code>")
def switch_language(code: str):
    """The link in the footer: the same page, in this language from now on."""
    return language.keep(redirect(next_url.safe(request.args.get("next"))), code)


@bp.app_template_global()
def way_to_language(code: str) -> str:
    """The address that switches to a language and leads back here; home, if nobody can come here.

    :param code: ko or en.
    """
    can_come_here = request.url_rule and "GET" in request.url_rule.methods
    # An address that is refused now, such as Kakao's way back with its code, is not repeated.
    here = next_url.safe(request.full_path.removesuffix("?")) if can_come_here else next_url.HOME
    return url_for("pages.switch_language", code=code, next=here if here != next_url.HOME else None)


@bp.get("/healthz")
def healthz():
    """Whether this server can do its work; for a load balancer."""
    try:
        db.session.execute(select(1))
    except SQLAlchemyError:
        return "the database does not answer\n", 503, {"Content-Type": "text/plain"}
    return "ok\n", {"Content-Type": "text/plain"}
