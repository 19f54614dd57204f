"""The common part of the Flask alternatives: URLs, pages, members in SQLite, a session."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, redirect, render_template, session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug import Response

from bench.alternatives import templates

KAKAO = os.environ["KAKAO_AUTH_URL"]
CLIENT_ID, CLIENT_SECRET = os.environ["KAKAO_CLIENT_ID"], os.environ["KAKAO_CLIENT_SECRET"]


class Base(DeclarativeBase):
    """The base class of the tables."""


db = SQLAlchemy(model_class=Base)


class Member(Base):
    """A member, with the columns that the account page shows."""

    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True)
    kakao_id: Mapped[int] = mapped_column(unique=True)
    nickname: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    image_url: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))

    is_authenticated = shows_image = True


def bare() -> Flask:
    """Return a Flask app with the site's templates, static files, and URLs, which they link to."""
    app = Flask("app", root_path=str(Path(__file__).parents[2]))
    app.config["KAKAO_BUTTON_LABEL"] = "카카오로 시작하기"
    templates.configure(app.jinja_env)
    for rule, endpoint in json.loads(os.environ["ROUTES"]):
        app.add_url_rule(rule, endpoint)
    return app


def with_members() -> Flask:
    """Return such an app with a table of members and the account page."""
    app = bare()
    app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db.init_app(app)
    with app.app_context():
        db.create_all()

    @app.endpoint("account.me")
    def me() -> str:
        member = db.session.get_one(Member, session["member_id"])
        member.created_at = member.created_at.replace(tzinfo=UTC)  # SQLite drops it
        return render_template("account/me.html", current_user=member)

    return app


def sign_in(payload: dict) -> Response:
    """Find or create the member of a /v2/user/me response, sign them in, and redirect to /me."""
    member = db.session.scalar(select(Member).filter_by(kakao_id=payload["id"]))
    if member is None:
        profile = payload["kakao_account"]["profile"]
        member = Member(kakao_id=payload["id"], nickname=profile["nickname"])
        db.session.add(member)
        db.session.commit()
    session["member_id"] = member.id
    return redirect("/me")
