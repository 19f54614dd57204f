"""The settings of a site that uses the package: complete with defaults, or refused in one line."""

import pytest
from flask import Flask

from auth.kakao import Kakao

KEYS = {"SECRET_KEY": "secret", "KAKAO_CLIENT_ID": "rest-key", "KAKAO_CLIENT_SECRET": "client-key"}


def set_up(**settings):
    app = Flask(__name__)
    app.config |= KEYS | settings
    Kakao(app)
    return app.config


def test_three_settings_are_enough():
    config = set_up()

    assert config["KAKAO_AUTH_URL"] == "https://kauth.kakao.com"
    assert config["KAKAO_API_URL"] == "https://kapi.kakao.com"
    assert (config["KAKAO_SCOPE"], config["KAKAO_OIDC"], config["KAKAO_CALL_SLOTS"]) == ("", 0, 4)


@pytest.mark.parametrize(
    "settings",
    [
        {"KAKAO_CLIENT_SECRET": ""},  # it is off in Kakao's console
        {"SECRET_KEY": b"bytes"},
        {"KAKAO_ADMIN_KEY": "", "KAKAO_JAVASCRIPT_KEY": ""},
        {"KAKAO_OIDC": True, "KAKAO_SCOPE": "account_email,profile_nickname"},
        {"KAKAO_AUTH_URL": "http://localhost:8001", "KAKAO_API_URL": "http://127.0.0.1:8001"},
    ],
    ids=str,
)
def test_these_settings_are_accepted(settings):
    set_up(**settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", ""),
        ("KAKAO_CLIENT_ID", None),
        ("KAKAO_CLIENT_ID", ""),
        ("KAKAO_CLIENT_ID", 7),
        ("KAKAO_CLIENT_ID", " my-key"),
        ("KAKAO_CLIENT_SECRET", None),
        ("KAKAO_CLIENT_SECRET", "my-secret\n"),
        ("KAKAO_CLIENT_SECRET", b"my-secret"),
        ("KAKAO_ADMIN_KEY", "my-key "),
        ("KAKAO_ADMIN_KEY", 7),
        ("KAKAO_JAVASCRIPT_KEY", "\tmy-key"),
        ("KAKAO_SERVICE_TERMS", ["my-terms"]),
        ("KAKAO_SCOPE", ["my-scope"]),
        ("KAKAO_SCOPE", None),
        ("KAKAO_OIDC", "0"),
        ("KAKAO_OIDC", 1),
        ("KAKAO_OIDC", None),
        ("KAKAO_CALL_SLOTS", 0),
        ("KAKAO_CALL_SLOTS", -1),
        ("KAKAO_CALL_SLOTS", "4"),
        ("KAKAO_CALL_SLOTS", 1.5),
        ("KAKAO_CALL_SLOTS", True),
        ("KAKAO_AUTH_URL", "kauth.example"),
        ("KAKAO_AUTH_URL", None),
        ("KAKAO_API_URL", "ftp://kapi.example"),
        ("KAKAO_API_URL", "https://"),
        ("KAKAO_API_URL", "https://["),
        ("KAKAO_SDK_URL", "https://cdn.example/a b.js"),
        ("KAKAO_SDK_INTEGRITY", None),
    ],
    ids=repr,
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(name, value):
    with pytest.raises(ValueError, match=f"^Flask-Kakao: {name} [^\n]+$") as error:
        set_up(**{name: value})

    assert "my-" not in str(error.value)


def test_all_wrong_settings_are_named_in_one_line():
    app = Flask(__name__)
    app.config |= {"KAKAO_OIDC": "1", "KAKAO_CALL_SLOTS": 0, "KAKAO_AUTH_URL": "x"}

    with pytest.raises(ValueError, match="Flask-Kakao: ") as error:
        Kakao().init_app(app)

    for name in (*KEYS, "KAKAO_OIDC", "KAKAO_CALL_SLOTS", "KAKAO_AUTH_URL"):
        assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_another_sdk_has_no_hash_by_default():
    assert set_up()["KAKAO_SDK_INTEGRITY"].startswith("sha384-")
    assert set_up(KAKAO_SDK_URL="https://cdn.example/sdk.js")["KAKAO_SDK_INTEGRITY"] == ""
