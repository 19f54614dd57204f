"""Made-up neighbours with drawn photos, so that a newcomer's street is not empty."""

from functools import partial

from sqlalchemy import select

from auth import nicknames
from database import db
from models import Footprint, Member

from . import photos, renditions
from .drawings import DAY, EVENING, NIGHT, balcony, bedroom, kitchen, living_room, study

# Their Kakao ids: in the sandbox anyone can sign in as one of them.
NEIGHBOURS = {"소라": 4123456705, "서준": 4123456707, "가을": 4123456708}

# Of whom, which room, the words, and what draws it; the first is the oldest.
PHOTOS = (
    ("서준", "balcony", "", partial(balcony, NIGHT, "2f3550", "5d5468", "7d9aa3")),
    (
        "가을",
        "kitchen",
        "저녁 냄새가 나기 시작할 때",
        partial(kitchen, EVENING, "ecd3b4", "b98a64", "b5654a"),
    ),
    (
        "소라",
        "bedroom",
        "불 끄기 전 십 분",
        partial(bedroom, NIGHT, "5b5f7d", "7a5a4a", "8f7fb0"),
    ),
    ("서준", "kitchen", "", partial(kitchen, DAY, "f0e6d6", "d8b48a", "7fa08a")),
    (
        "가을",
        "bedroom",
        "늦잠 자기 좋은 방",
        partial(bedroom, DAY, "f0dfd6", "c99b6f", "d9a08c"),
    ),
    (
        "소라",
        "study",
        "책이 자꾸 늘어나요",
        partial(study, EVENING, "c9b39a", "8f6646", "c8553d"),
    ),
    (
        "서준",
        "living-room",
        "밤에는 스탠드 하나만",
        partial(living_room, NIGHT, "6b7590", "80604c", "c98a5a"),
    ),
    (
        "소라",
        "balcony",
        "퇴근하고 제일 먼저 앉는 의자",
        partial(balcony, EVENING, "5d4a44", "b98a64", "d98f6c"),
    ),
    (
        "가을",
        "living-room",
        "해가 제일 오래 머무는 자리",
        partial(living_room, DAY, "efe3d3", "c99b6f", "6f94a0"),
    ),
)


def has_members() -> bool:
    """Return whether the site has any member."""
    return db.session.scalar(select(Member.id).limit(1)) is not None


def add_sample_members() -> None:
    """Let the neighbours move in, hang their photos, and come by at each other's."""
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
    for number, (nickname, room, words, draw) in enumerate(PHOTOS):
        drawn = renditions.convert(draw())
        photo = photos.add(members[nickname], drawn, room, words, form_key=str(number))
        others = [member for name, member in members.items() if name != nickname]
        db.session.add_all(Footprint(photo_id=photo.id, member_id=it.id) for it in others)
        db.session.commit()
