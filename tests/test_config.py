"""Settings: how they are read, which values are refused, and that each is documented."""

import os
import re
from pathlib import Path

import pytest

import config
from app import create_app, load_env_file

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "APP_ENV": "production",
    "SITE_URL": "https://home.example",
    "SECRET_KEY": "a key for tests, of 32 characters",
    "OPERATOR_NAME": "김이장",
    "OPERATOR_CONTACT": "privacy@home.example",
    "KAKAO_CLIENT_ID": "id",
    "KAKAO_CLIENT_SECRET": "secret",
}


@pytest.mark.parametrize(
    "name",
    [
        "SITE_URL",
        "SECRET_KEY",
        "KAKAO_CLIENT_ID",
        "KAKAO_CLIENT_SECRET",
        "OPERATOR_NAME",
        "OPERATOR_CONTACT",
    ],
)
def test_production_does_not_start_without(name, tmp_path):
    with pytest.raises(config.ConfigError, match=name):
        config.load(PRODUCTION | {name: " "}, tmp_path)


def test_a_refused_start_is_one_clear_line(capsys):
    with pytest.raises(SystemExit):
        create_app(PRODUCTION | {"SECRET_KEY": ""})

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "SECRET_KEY" in lines[0]


@pytest.fixture
def env_file_is_read():
    """Read .env, which tests/environment.py prevents, and undo what it sets."""
    before = dict(os.environ)
    del os.environ["PYTHON_DOTENV_DISABLED"]
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.usefixtures("env_file_is_read")
def test_an_env_file_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / ".env").write_text("KAKAO_BUTTON_LABEL=카카오 로그인\n", encoding="utf-8-sig")

    load_env_file(tmp_path / ".env")

    assert os.environ["KAKAO_BUTTON_LABEL"] == "카카오 로그인"


@pytest.mark.usefixtures("env_file_is_read")
@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("카카오로", "cp949"),
        ("카카오로", "utf-16"),
        ("카카오로", "utf-16-le"),
        ("Kakao", "utf-16-le"),
    ],
)
def test_an_env_file_that_is_not_utf8_is_refused(tmp_path, label, encoding):
    (tmp_path / ".env").write_text(f"KAKAO_BUTTON_LABEL={label}\n", encoding=encoding)

    with pytest.raises(config.ConfigError, match="is not UTF-8 text: save it as UTF-8"):
        load_env_file(tmp_path / ".env")


def test_production_sends_its_cookies_over_https_only(tmp_path):
    assert config.load(PRODUCTION, tmp_path)["SESSION_COOKIE_SECURE"] is True
    assert config.load({}, tmp_path)["SESSION_COOKIE_SECURE"] is False


def test_production_never_uses_the_kakao_sandbox(tmp_path):
    settings = config.load(PRODUCTION, tmp_path)

    assert not settings["SANDBOX"]
    assert settings["KAKAO_AUTH_URL"] == "https://kauth.kakao.com"


def test_without_a_key_the_kakao_sandbox_on_the_next_port_is_used(tmp_path):
    settings = config.load({"PORT": "9000"}, tmp_path)

    assert settings["SANDBOX"]
    assert settings["KAKAO_AUTH_URL"] == settings["KAKAO_API_URL"] == "http://localhost:9001"


def test_with_a_key_kakao_itself_is_used(tmp_path):
    settings = config.load({"KAKAO_CLIENT_ID": "id"}, tmp_path)

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
def test_a_database_url_names_its_driver(given, used, tmp_path):
    settings = config.load({"DATABASE_URL": given}, tmp_path)
    assert settings["SQLALCHEMY_DATABASE_URI"] == used


def test_half_of_the_threads_may_use_the_database_at_once_by_default(tmp_path):
    def pool_size(env):
        return config.load(env, tmp_path)["SQLALCHEMY_ENGINE_OPTIONS"]["pool_size"]

    assert pool_size({"WEB_THREADS": "8"}) == 4
    assert pool_size({"WEB_THREADS": "1"}) == 1
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
        ("PHOTOS_URL", "/srv/photos"),
        ("PHOTOS_URL", "file://photos"),
        ("PHOTOS_URL", "s3:///prefix"),
        ("PHOTOS_URL", "https://bucket"),
        ("PHOTOS_PUBLIC_URL", "photos.example.com"),
        ("KAKAO_AUTH_URL", "kauth.kakao.com"),
        ("KAKAO_AUTH_URL", "https://["),
        ("KAKAO_API_URL", "https://"),
        ("SITE_URL", "home.example"),
        ("SITE_URL", "ftp://home.example"),
        ("SITE_URL", "https://home.example/path"),
        ("SITE_URL", "https://home.example?query"),
        ("SITE_URL", "https://home.example#"),
        ("SITE_URL", "https://me@home.example"),
        ("SITE_URL", "https://home.example:99999"),
        ("SITE_URL", "https://home..example"),
        ("SITE_URL", "https://home.example."),
        ("SITE_URL", "https://home example"),
        ("SITE_URL", 'https://home.example"'),
        ("SITE_URL", "https://[::1"),
        ("HSTS", "yes"),
        ("TRUSTED_PROXIES", "9" * 5000),
        ("DATABASE_URL", "foo://x"),
        ("DATABASE_URL", "mysql://h/x"),
        ("DATABASE_URL", "postgresql://h:port/x"),
        ("RATELIMIT_STORAGE_URI", "redis://h:port"),
        ("RATELIMIT_STORAGE_URI", "redis://h:99999"),
        ("KAKAO_AUTH_URL", "https://kauth.kakao.com:99999"),
        ("KAKAO_API_URL", "https://kapi.kakao.com?b"),
        ("PHOTOS_PUBLIC_URL", "http://photos.example.com"),
        ("PHOTOS_PUBLIC_URL", "https://photos.example.com/ b"),
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("SECRET_KEY", "not UTF-8: \udcff"),
    ],
)
def test_an_invalid_value_is_named(name, value, tmp_path):
    with pytest.raises(config.ConfigError, match=name):
        config.load({name: value}, tmp_path)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://home.example", "https://home.example"),
        ("HTTPS://Home.Example/", "https://home.example"),
        ("https://home.example:443", "https://home.example"),
        ("https://home.example:8443", "https://home.example:8443"),
        ("https://우리집.kr", "https://xn--oy2b11vymc.kr"),
        ("http://localhost:80", "http://localhost"),
        ("http://192.168.0.5:8000", "http://192.168.0.5:8000"),
        ("https://[2001:DB8::7]:8443", "https://[2001:db8::7]:8443"),
    ],
)
def test_site_url_is_taken_as_browsers_write_it(given, used, tmp_path):
    assert config.load({"SITE_URL": given}, tmp_path)["SITE_URL"] == used


def test_a_phone_nearby_reaches_the_site_and_the_sandbox_at_site_url(tmp_path):
    settings = config.load({"SITE_URL": "http://192.168.0.5:9000", "PORT": "9000"}, tmp_path)

    assert settings["LISTEN_HOST"] == "192.168.0.5"
    assert settings["KAKAO_AUTH_URL"] == "http://192.168.0.5:9001"


@pytest.mark.parametrize("name", ["SITE_URL", "KAKAO_AUTH_URL", "KAKAO_API_URL"])
def test_production_talks_https_only(name, tmp_path):
    for url in ("http://home.example", "http://10.0.0.1:8000", "http://localhost.evil.example"):
        with pytest.raises(config.ConfigError, match=rf"{name} .* https"):
            config.load(PRODUCTION | {name: url}, tmp_path)
        config.load({name: url}, tmp_path)


def test_production_may_be_tried_out_on_this_machine(tmp_path):
    config.load(PRODUCTION | {"KAKAO_AUTH_URL": "http://localhost:8001"}, tmp_path)


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_FALLBACKS"])
def test_production_does_not_start_with_a_short_key(name, tmp_path):
    with pytest.raises(config.ConfigError, match=r"SECRET_KEY .* 31 characters"):
        config.load(PRODUCTION | {name: "x" * 31}, tmp_path)
    config.load(PRODUCTION | {name: "x" * 32}, tmp_path)


def test_the_development_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = config.load({}, tmp_path)["SECRET_KEY"]

    assert config.load({}, tmp_path)["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_every_setting_is_in_the_example_and_in_the_table():
    source = (ROOT / "config/__init__.py").read_text()
    read = set(re.findall(r'env(?:\.get\(|, )"([A-Z_]+)"', source))
    example = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    table = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(), re.M))

    assert {"APP_ENV", "SECRET_KEY", "PORT", "KAKAO_SCOPE"} <= read
    assert example == read
    assert table == read


def test_a_webhook_key_without_an_admin_key_is_refused(tmp_path):
    env = {"KAKAO_CLIENT_ID": "rest-api-key", "KAKAO_WEBHOOK_KEY": "primary"}

    with pytest.raises(config.ConfigError, match="KAKAO_WEBHOOK_KEY needs KAKAO_ADMIN_KEY"):
        config.load(env, tmp_path)


SDK = {"KAKAO_JAVASCRIPT_KEY": "key", "KAKAO_SDK_URL": "https://cdn.example/kakao.js"}


def test_kakaos_sdk_comes_with_its_hash(tmp_path):
    settings = config.load(PRODUCTION | {"KAKAO_JAVASCRIPT_KEY": "key"}, tmp_path)

    assert settings["KAKAO_SDK_URL"].startswith("https://t1.kakaocdn.net/kakao_js_sdk/")
    assert settings["KAKAO_SDK_INTEGRITY"].startswith("sha384-")


def test_an_sdk_from_elsewhere_needs_a_hash_in_production_only(tmp_path):
    assert config.load(SDK, tmp_path)["KAKAO_SDK_INTEGRITY"] == ""
    with pytest.raises(config.ConfigError, match="KAKAO_SDK_INTEGRITY"):
        config.load(PRODUCTION | SDK | {"KAKAO_SDK_INTEGRITY": ""}, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [{"KAKAO_SDK_INTEGRITY": "oroumrn"}, {"KAKAO_SDK_URL": "http://cdn.example/kakao.js"}],
    ids=["no hash", "http"],
)
def test_an_sdk_that_no_browser_could_trust_does_not_start(tmp_path, wrong):
    sound = PRODUCTION | SDK | {"KAKAO_SDK_INTEGRITY": "sha384-abc="}
    assert config.load(sound, tmp_path)

    with pytest.raises(config.ConfigError, match=next(iter(wrong))):
        config.load(sound | wrong, tmp_path)


def test_with_the_sandbox_a_javascript_key_takes_the_sandboxs_sdk(tmp_path):
    settings = config.load({"KAKAO_JAVASCRIPT_KEY": "key", "PORT": "9000"}, tmp_path)

    assert settings["KAKAO_SDK_URL"] == "http://localhost:9001/sdk/kakao.js"
    assert settings["KAKAO_SDK_INTEGRITY"] == ""
