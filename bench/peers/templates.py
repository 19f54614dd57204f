"""What the site's templates ask for, in Korean alone and without a session: the least there is."""

from jinja2 import Environment


def fit(environment: Environment) -> None:
    environment.add_extension("jinja2.ext.i18n")
    environment.install_null_translations(newstyle=True)
    environment.filters |= {"ago": str, "exactly": str}
    environment.globals |= {
        "csrf_token": lambda: "a-token-that-nobody-checks",
        "get_flashed_messages": list,
        "language": lambda: "ko",
        "LANGUAGES": {"ko": "한국어", "en": "English"},
        "way_to_language": lambda code: f"/language/{code}",
    }
