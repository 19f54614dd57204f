"""Sample members with photos of drawn rooms, so that a newcomer's street is not empty."""

from pathlib import Path

from sqlalchemy import select

from auth import nicknames
from database import db
from models import Member

from . import footprints, photos
from .decoder import decoder

FOLDER = Path(__file__).parent / "sample_photos"
# Kakao ids by nickname. In the sandbox, anyone can sign in as one of these members.
NEIGHBOURS = {"소라": 4123456705, "서준": 4123456707, "가을": 4123456708}

# Nickname, room, caption, time of day; oldest first. The file is `room-time.webp`.
PHOTOS = (
    ("서준", "balcony", "", "night"),
    ("가을", "kitchen", "저녁 냄새가 나기 시작할 때", "evening"),
    ("소라", "bedroom", "불 끄기 전 십 분", "night"),
    ("서준", "kitchen", "", "day"),
    ("가을", "bedroom", "늦잠 자기 좋은 방", "day"),
    ("소라", "study", "책이 자꾸 늘어나요", "evening"),
    ("서준", "living-room", "밤에는 스탠드 하나만", "night"),
    ("소라", "balcony", "퇴근하고 제일 먼저 앉는 의자", "evening"),
    ("가을", "living-room", "해가 제일 오래 머무는 자리", "day"),
)


def has_members() -> bool:
    """Return whether the site has any member."""
    return db.session.scalar(select(Member.id).limit(1)) is not None


def add_sample_members() -> None:
    """Add the sample members with photos, and with footprints on each other's photos."""
    members = {
        nickname: Member(
            kakao_id=kakao_id,
            nickname=nickname,
            nickname_key=nicknames.key(nickname),
            nickname_skeleton=nicknames.skeleton(nickname),
        )
        for nickname, kakao_id in NEIGHBOURS.items()
    }
    db.session.add_all(members.values())
    db.session.commit()
    for number, (nickname, room, caption, time) in enumerate(PHOTOS):
        converted = decoder.convert((FOLDER / f"{room}-{time}.webp").read_bytes())
        photo = photos.add(members[nickname], converted, room, caption, form_key=str(number))
        for member in members.values():
            footprints.leave(member, photo)  # the owner leaves none
