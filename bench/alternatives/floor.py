"""The floor for pages: the same templates with constant values, no session and no database."""

from datetime import UTC, datetime
from types import SimpleNamespace

from flask import render_template
from wtforms import Form, StringField

from bench.alternatives.site import bare

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
PHOTO = SimpleNamespace(
    id=1,
    key="a-key",
    member=MEMBER,
    nickname=MEMBER.nickname,
    room="living-room",
    words="햇빛이 잘 드는 거실",
    width=1600,
    height=1200,
    square_side=720,
    colours="aabbcc" * 4,
)
STREET = SimpleNamespace(rows=[PHOTO] * 24, before=1)
NEIGHBOURS = SimpleNamespace(rows=[MEMBER] * 12, before=1)


class NicknameForm(Form):
    """The form of the nickname page."""

    nickname = StringField("닉네임")


form = NicknameForm(nickname="지은")
REASON = SimpleNamespace(message="'지은'은 이미 누군가 쓰고 있어요.", params={})


@app.get("/bare")
def view_without_template() -> str:
    """Return a text, to measure the cost of a request in Flask itself."""
    return "nothing"


@app.endpoint("pages.home")
def home() -> str:
    """Return a visitor's home page."""
    return render_template(
        "pages/home.html", current_user=VISITOR, photos=STREET, today_photo=PHOTO
    )


@app.get("/bare/home")
def members_home() -> str:
    """Return a member's home page."""
    return render_template(
        "pages/home.html",
        current_user=MEMBER,
        has_photos=True,
        today_photo=PHOTO,
        photos=STREET,
        neighbours=NEIGHBOURS,
    )


@app.endpoint("account.me")
def me() -> str:
    """Return the account page."""
    return render_template("account/me.html", current_user=MEMBER)


@app.endpoint("auth.nickname")
def nickname() -> str:
    """Return the nickname form with five suggestions."""
    return render_template(
        "auth/nickname.html",
        current_user=VISITOR,
        form=form,
        reason=REASON,
        pending=SimpleNamespace(id="a-sign-up"),
        suggestions=["지은네집", "아늑한지은", "지은의부엌", "지은353", "꽃가꾸는지은"],
    )
