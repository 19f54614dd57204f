"""The floor for pages: the same templates with constant values, no session and no database."""

from datetime import UTC, datetime
from types import SimpleNamespace

from flask import render_template
from wtforms import Form, StringField

from bench.peers.site import bare

app = bare()
VISITOR = SimpleNamespace(is_authenticated=False)
MEMBER = SimpleNamespace(
    is_authenticated=True,
    id=1,
    nickname="하늘",
    email=None,
    image_url=None,
    shows_image=True,
    created_at=datetime.now(UTC),
)


class NicknameForm(Form):
    nickname = StringField("닉네임")


form = NicknameForm(nickname="지은")
WHY = SimpleNamespace(sentence="'지은'은 이미 누군가 쓰고 있어요.", values={})


@app.endpoint("pages.home")
def home():
    return render_template("pages/home.html", current_user=VISITOR, newest=[])


@app.endpoint("account.me")
def me():
    return render_template("account/me.html", current_user=MEMBER)


@app.endpoint("auth.nickname")
def nickname():
    return render_template(
        "auth/nickname.html",
        current_user=VISITOR,
        form=form,
        why=WHY,
        suggestions=["지은네집", "아늑한지은", "지은의부엌", "지은353", "꽃가꾸는지은"],
    )
