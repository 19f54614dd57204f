"""Every URL begins with SITE_URL; requests to another host or over http are redirected there."""

import re

import pytest

from app import create_app
from tests.html_checks import Page

SITE = "https://home.example"
PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "a key for tests, of 32 characters",
    "SITE_URL": SITE,
}


@pytest.fixture
def site(settings, requests_mock):
    """A client of the site in production, as a request reaches it from a proxy without TLS."""

    def site(**changes):
        return create_app(settings | PRODUCTION | changes).test_client()

    return site


HOSTS = [
    "www.home.example",
    "home.example.",
    "HOME.example",
    "203.0.113.9",
    "127.0.0.1:8000",
    "[2001:db8::9]",
    "home.example:8080",
    "evil.example",
    "home.example@evil.example",
    "evil.example/home.example",
    "",
    "집.example".encode().decode("latin-1"),
    "[",
    "localhost",
]


@pytest.mark.parametrize("proxies", ["0", "1"])
@pytest.mark.parametrize("host", HOSTS)
def test_another_host_is_redirected_with_path_and_query(site, host, proxies):
    response = site(TRUSTED_PROXIES=proxies).get("/@지은?a=b&c=%0d%0ad", headers={"Host": host})

    assert response.status_code == 308
    assert response.location == f"{SITE}/@%EC%A7%80%EC%9D%80?a=b&c=%0d%0ad"
    assert response.headers["Cache-Control"] == "no-store"
    assert "max-age" in response.headers["Strict-Transport-Security"]
    assert "evil" not in str(response.headers) + response.text


@pytest.mark.parametrize("host", ["home.example", "home.example:443", "home.example:80"])
def test_the_canonical_host_is_served(site, host):
    assert site().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["//evil.example", "/%2f%2fevil.example", "/\\evil.example"])
def test_a_path_that_looks_like_a_host_stays_a_path(site, path):
    location = site().get(path, headers={"Host": "www.home.example"}).location

    assert re.match("https://home[.]example/", location)


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.7:8000"])
def test_health_and_webhooks_are_served_at_any_host_without_naming_it(site, host):
    headers = {"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}

    client = site(TRUSTED_PROXIES="1")
    for response in (
        client.get("/healthz", headers=headers),
        client.post("/webhooks/kakao/unlink", headers=headers),
        client.post("/webhooks/kakao/events", headers=headers),
    ):
        assert response.status_code != 308
        assert "evil" not in str(response.headers) + response.text


def test_http_is_redirected_to_https(site):
    response = site(TRUSTED_PROXIES="1").post(
        "/auth/logout?a=b", headers={"Host": "home.example", "X-Forwarded-Proto": "http"}
    )

    assert response.status_code == 308
    assert response.location == f"{SITE}/auth/logout?a=b"


@pytest.mark.parametrize(
    ("proxies", "headers"),
    [
        pytest.param("0", {}, id="no proxy says anything"),
        pytest.param("0", {"X-Forwarded-Proto": "http"}, id="no proxy is trusted"),
        pytest.param("1", {}, id="a proxy ends TLS and does not say so"),
        pytest.param("1", {"X-Forwarded-Proto": ""}, id="nothing said"),
        pytest.param("1", {"X-Forwarded-Proto": "https"}, id="https"),
        pytest.param("1", {"X-Forwarded-Proto": "HTTPS"}, id="upper case"),
        pytest.param("1", {"X-Forwarded-Proto": "http, https"}, id="forged by the visitor"),
        pytest.param("1", {"X-Forwarded-Proto": "wss"}, id="something else"),
        pytest.param("2", {"X-Forwarded-Proto": "https"}, id="a CDN before nginx"),
        pytest.param("2", {"X-Forwarded-Proto": "http"}, id="a CDN that ends TLS before nginx"),
        pytest.param("2", {"X-Forwarded-Proto": "https, http"}, id="both proxies, one value each"),
        pytest.param(
            "1",
            {"X-Forwarded-Proto": "http", "Sec-Fetch-Site": "none"},
            id="a CDN that no one counted: browsers send Sec-Fetch-Site over https only",
        ),
        pytest.param(
            "1",
            {"Host": "127.0.0.1:8000", "X-Forwarded-For": "203.0.113.7"},
            id="a proxy puts its own address into Host",
        ),
        pytest.param(
            "1", {"Host": "site:8000", "X-Forwarded-For": "203.0.113.7"}, id="or its name for us"
        ),
    ],
)
def test_a_redirect_never_goes_in_circles(site, proxies, headers):
    client = site(TRUSTED_PROXIES=proxies)

    response = client.get("/auth/kakao", headers={"Host": "home.example"} | headers)

    assert response.status_code == 302
    assert "redirect_uri=https%3A%2F%2Fhome.example%2Fauth%2Fkakao%2Fcallback" in response.location


@pytest.mark.parametrize("proxies", ["0", "1", "2"])
def test_forwarded_hosts_and_prefixes_change_no_url(site, proxies):
    headers = {
        "Host": "home.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "60666",
        "X-Forwarded-Prefix": "//evil.example",
        "Forwarded": "host=evil.example;proto=http",
    }
    client = site(TRUSTED_PROXIES=proxies)
    for path in ("/", "/auth/kakao", "/auth/kakao/callback", "/nowhere", "/me", "//me"):
        evil = {"SCRIPT_NAME": "//evil.example"}
        response = client.get(path, headers=headers, environ_overrides=evil)
        # Shorter words may be in a random state.
        assert "evil.example" not in str(response.headers) + response.text
        assert "60666" not in str(response.headers) + response.text


def test_absolute_urls_in_pages_are_those_of_site_url(site):
    page = site(SITE_URL="https://우리집.kr:8443").get("/", headers={"Host": "xn--oy2b11vymc.kr"})

    urls = Page(page.text).attributes("meta[content^=http]", "content")
    assert urls
    assert all(url.startswith("https://xn--oy2b11vymc.kr:8443/") for url in urls)


@pytest.mark.parametrize("host", ["localhost:8123", "127.0.0.1:8000", "192.168.0.5", "[::1]:8000"])
def test_in_development_a_local_host_is_used_as_it_is(settings, requests_mock, host):
    client = create_app(settings).test_client()

    location = client.get("/auth/kakao", headers={"Host": host}).location

    quoted = host.replace(":", "%3A").replace("[", "%5B").replace("]", "%5D")
    assert f"redirect_uri=http%3A%2F%2F{quoted}%2Fauth" in location


@pytest.mark.parametrize("host", ["evil.example", "localhost:80@evil.example", "203.0.113.9"])
def test_in_development_another_host_is_redirected_to_localhost(settings, host):
    client = create_app(settings | {"PORT": "8123"}).test_client()

    response = client.get("/auth/kakao", headers={"Host": host})

    assert response.location == "http://localhost:8123/auth/kakao"


def test_in_development_with_site_url_only_that_host_is_used(settings):
    client = create_app(settings | {"SITE_URL": "http://192.168.0.5:8000"}).test_client()

    assert client.get("/", headers={"Host": "192.168.0.5:8000"}).status_code == 200
    assert client.get("/", headers={"Host": "localhost:8000"}).status_code == 308
