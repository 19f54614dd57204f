"""The public pages: home, profiles, terms, privacy, language switch, health check."""

from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import database
import documents
from auth import agreements, members, new_devices, next_url, nicknames
from auth.prefetch import skip_for_prefetch
from database import db
from houses import house_of_the_day, listings
from houses.forms import ROOMS
from web import language, limits
from web.headers import shared_cache
from web.limits import limiter
from web.templates import cached_url_for

NEWEST_COUNT = 12  # members on the home page
TEXT = "text/plain; charset=utf-8"
HEALTH_TIMEOUT = 2  # seconds; load balancers do not wait much longer

bp = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Register the pages, and let templates include the legal texts as documents/…"""
    texts = PrefixLoader({"documents": FileSystemLoader(app.config["DOCUMENTS_FOLDER"])})
    app.jinja_loader = ChoiceLoader([texts, cast(BaseLoader, app.jinja_loader)])
    # The texts name the site.
    app.jinja_env.globals |= {
        "object_particle": nicknames.object_particle,
        "topic_particle": nicknames.topic_particle,
    }
    app.register_blueprint(bp)


@bp.get("/")
@shared_cache
def home() -> ResponseReturnValue:
    """Show a visitor the button above the newest photos, and a member the street."""
    room, before = request.args.get("room") or None, listings.cursor()
    if room is not None and room not in ROOMS:
        abort(404)
    if room or before is not None:
        return show_street(room, before)
    if not current_user.is_authenticated:
        photos, today_photo = listings.Page(), None
        with database.optional():  # the button is shown in any case
            photos = listings.street()
            today_photo = house_of_the_day.find() if photos.rows else None
        return render_template("pages/home.html", photos=photos, today_photo=today_photo)
    photos = listings.street()
    return render_template(
        "pages/home.html",
        photos=photos,
        today_photo=house_of_the_day.find() if photos.rows else None,
        neighbours=listings.neighbours(None, NEWEST_COUNT),
        has_photos=listings.has_photos(current_user),
        visitor_count=listings.count_new_visitors(current_user),
        unseen=new_devices.pending_alerts(current_user),
        pending=agreements.pending(current_user),
        today=agreements.today(),
    )


def show_street(room: str | None, before: int | None) -> ResponseReturnValue:
    """Show the photos of one kind of room, or a further page of them all."""
    photos = listings.Page()
    with database.optional():
        photos = listings.street(room, before)
    return render_template("pages/street.html", room=room, photos=photos)


@bp.get("/@<nickname>")
@limiter.limit(limits.PROFILE_LIMIT)
@shared_cache
def member(nickname: str) -> ResponseReturnValue:
    """Show a member's house to everyone; other spellings and former names redirect to it."""
    owner = members.find_by_any_nickname(nickname)
    if owner is None or owner.is_suspended:
        abort(404)
    if owner.nickname != nickname:
        return redirect(url_for("pages.member", nickname=owner.nickname))
    is_owner = current_user.is_authenticated and current_user.id == owner.id
    photos = listings.house(owner, listings.cursor(), with_hidden=is_owner)
    return render_template("pages/member.html", member=owner, photos=photos)


@bp.get("/terms")
@bp.get("/terms/<version>")
@shared_cache
def terms(version: str | None = None) -> ResponseReturnValue:
    """Show the terms of use in force, or another version of them."""
    return show_document("terms", version)


@bp.get("/privacy")
@bp.get("/privacy/<version>")
@shared_cache
def privacy(version: str | None = None) -> ResponseReturnValue:
    """Show the privacy policy in force, or another version of it."""
    return show_document("privacy", version)


def show_document(document: str, name: str | None) -> ResponseReturnValue:
    """Show a version of a document; a dated URL also shows what changed and asks for an answer."""
    in_force = agreements.in_force(document)
    version = agreements.find_public(document, name) if name else in_force
    if version is None:
        abort(404)
    versions = agreements.public_versions(document)
    changes = []
    if name and version != versions[0]:
        previous = versions[versions.index(version) - 1]
        changes = documents.compare(
            document_html(document, previous), document_html(document, version)
        )
    pending = agreements.pending(current_user) if current_user.is_authenticated else []
    return render_template(
        "pages/document.html",
        document=document,
        version=version,
        in_force=in_force,
        versions=versions,
        changes=changes,
        is_pending=bool(name) and (document, version) in pending,
    )


def document_html(document: str, version: documents.Version) -> str:
    """Return the text of a version as HTML."""
    return render_template(f"documents/{document}/{version.name}.html")


@bp.get("/favicon.ico")
@bp.get("/robots.txt")
@bp.get("/apple-touch-icon.png")
@bp.get("/apple-touch-icon-precomposed.png", defaults={"name": "apple-touch-icon.png"})
def root_file(name: str | None = None) -> ResponseReturnValue:
    """Send the files that browsers and robots request at the root."""
    return current_app.send_static_file(name or request.path.removeprefix("/"))


@bp.get("/static/site.webmanifest")
def manifest() -> ResponseReturnValue:
    """Return the name and the icons with which phones install the site."""
    return render_template("site.webmanifest"), {
        "Content-Type": "application/manifest+json",
        "Cache-Control": "public, max-age=86400",  # a day; the URL does not change with the name
    }


@bp.get("/language/<any(ko, en):code>")
@skip_for_prefetch
def switch_language(code: str) -> ResponseReturnValue:
    """Save the language that someone chose in the footer, and redirect back to their page."""
    return language.save_choice(redirect(next_url.safe(request.args.get("next"))), code)


@bp.app_template_global()
def language_url(code: str) -> str:
    """Return the URL that switches to a language and redirects back to this page, or home.

    :param code: ko or en.
    """
    has_get_route = request.url_rule and "GET" in (request.url_rule.methods or ())
    # Never link back to a URL that next_url rejects, such as Kakao's callback with its code.
    current_url = next_url.safe(request.full_path.removesuffix("?"))
    url = cached_url_for("pages.switch_language", code=code)
    if not has_get_route or current_url == next_url.HOME:
        return url
    return f"{url}?{urlencode({'next': current_url})}"


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Tell a load balancer whether this server can reach its database."""
    try:
        with database.time_limit(HEALTH_TIMEOUT):
            db.session.execute(select(1))
    except SQLAlchemyError:
        return "database unavailable\n", 503, {"Content-Type": TEXT}
    return "ok\n", {"Content-Type": TEXT}
