"""Settings: what is read, what is refused, and that each is documented."""

import re
from pathlib import Path

import pytest

import config
from app import create_app

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "secret",
    "KAKAO_CLIENT_ID": "id",
    "KAKAO_CLIENT_SECRET": "secret",
}


@pytest.mark.parametrize("name", ["SECRET_KEY", "KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET"])
def test_production_does_not_start_without(name, tmp_path):
    with pytest.raises(config.ConfigError, match=name):
        config.read(PRODUCTION | {name: " "}, tmp_path)


def test_a_refused_start_is_one_clear_line(capsys):
    with pytest.raises(SystemExit):
        create_app(PRODUCTION | {"SECRET_KEY": ""})

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "SECRET_KEY" in lines[0]


def test_production_sends_its_cookies_over_https_only(tmp_path):
    assert config.read(PRODUCTION, tmp_path)["SESSION_COOKIE_SECURE"] is True
    assert config.read({}, tmp_path)["SESSION_COOKIE_SECURE"] is False


def test_production_never_uses_the_stand_in_kakao(tmp_path):
    settings = config.read(PRODUCTION, tmp_path)

    assert not settings["SANDBOX"]
    assert settings["KAKAO_AUTH_URL"] == "https://kauth.kakao.com"


def test_without_a_key_the_stand_in_kakao_on_the_next_port_is_used(tmp_path):
    settings = config.read({"PORT": "9000"}, tmp_path)

    assert settings["SANDBOX"]
    assert settings["KAKAO_AUTH_URL"] == settings["KAKAO_API_URL"] == "http://localhost:9001"


def test_with_a_key_kakao_itself_is_used(tmp_path):
    settings = config.read({"KAKAO_CLIENT_ID": "id"}, tmp_path)

    assert not settings["SANDBOX"]
    assert settings["KAKAO_API_URL"] == "https://kapi.kakao.com"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
    ],
)
def test_the_database_address(given, used, tmp_path):
    settings = config.read({"DATABASE_URL": given}, tmp_path)
    assert settings["SQLALCHEMY_DATABASE_URI"] == used


def test_each_thread_has_a_connection_unless_told_otherwise(tmp_path):
    def pool_size(env):
        return config.read(env, tmp_path)["SQLALCHEMY_ENGINE_OPTIONS"]["pool_size"]

    assert pool_size({"WEB_THREADS": "8"}) == 8
    assert pool_size({"WEB_THREADS": "8", "DATABASE_POOL_SIZE": "2"}) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_ENV", "prod"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("SESSION_COOKIE_SECURE", "yes"),
        ("DATABASE_URL", "here"),
        ("DATABASE_POOL_SIZE", "0"),
        ("RATELIMIT_STORAGE_URI", "localhost:6379"),
        ("KAKAO_AUTH_URL", "kauth.kakao.com"),
        ("KAKAO_AUTH_URL", "https://["),
        ("KAKAO_API_URL", "https://"),
    ],
)
def test_a_senseless_value_is_named(name, value, tmp_path):
    with pytest.raises(config.ConfigError, match=name):
        config.read({name: value}, tmp_path)


def test_the_development_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = config.read({}, tmp_path)["SECRET_KEY"]

    assert config.read({}, tmp_path)["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_every_setting_stands_in_the_example_and_in_the_readme():
    source = (ROOT / "config.py").read_text()
    read = set(re.findall(r'env(?:\.get\(|, )"([A-Z_]+)"', source))
    example = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    table = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), re.M))

    assert {"APP_ENV", "SECRET_KEY", "PORT", "KAKAO_SCOPE"} <= read
    assert example == read
    assert table == read
