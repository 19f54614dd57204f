"""The filters and globals of the site's templates, in Korean only and without a session."""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

ROOT = Path(__file__).parents[2]


def configure(environment: Environment) -> None:
    """Add the filters and globals that the templates use."""
    folders = (ROOT / "templates", ROOT / "auth/kakao/templates")
    environment.loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])
    environment.add_extension("jinja2.ext.i18n")
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= dict.fromkeys(("time_ago", "date", "day", "exact_time"), str)

    def card(photo: object, lazy: bool) -> str:
        macros = environment.get_template("macros/photos.html").module
        return macros.card(photo, lazy)  # type: ignore[attr-defined]

    environment.globals |= {
        "csrf_token": lambda: "a-token-that-no-one-checks",
        "get_flashed_messages": lambda with_categories=False: [],
        "kakao_sdk": lambda: None,
        "language": lambda: "ko",
        "language_url": lambda code: f"/language/{code}",
        "LANGUAGES": {"ko": "한국어", "en": "English"},
        "photo_card": lambda photo, with_owner, lazy: card(photo, lazy),
        "picture_srcset": lambda photo, ext: f"/pictures/{photo.key}/400.{ext} 400w",
        "picture_url": lambda photo, name: f"/pictures/{photo.key}/{name}",
        "thumbnail_srcset": lambda photo, ext: f"/pictures/{photo.key}/square-360.{ext} 360w",
        "room_names": lambda: {"living-room": "거실"},
        "has_news": lambda member: False,
        "PARTS": {
            "visitors_home": ["houses/parts/visitors_home.html"],
            "notices": ["moderation/parts/notices.html"],
            "home": ["houses/parts/home.html"],
            "me": ["houses/parts/me.html", "moderation/parts/me.html"],
        },
    }
