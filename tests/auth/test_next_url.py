"""Only a path on this site is believed."""

import pytest

from auth import next_url


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/me",
        "/@지은",
        "/@%EC%A7%80%EC%9D%80",
        "/me?tab=1#top",
        "/search?q=a/b",
        "/?u=https://a.b/",
        "/auth/nickname",
        pytest.param("/" + "a" * 254, id="255 bytes"),
        pytest.param("/" + "가" * 84 + "aa", id="255 bytes of Korean"),
        "/authors",
    ],
)
def test_a_path_on_this_site_is_accepted(target):
    assert next_url.safe(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        " ",
        "me",
        "?x=1",
        "#x",
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "//evil.example/%2e%2e",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\\/evil.example",
        "/%5cevil.example",
        "/%5C%5Cevil.example",
        "/%2fevil.example",
        "/%2F%2Fevil.example",
        "%2f%2fevil.example",
        "%2fevil.example",
        "%252fevil.example",
        "/%252f%252fevil.example",
        "/%255cevil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\n/evil.example",
        "\t//evil.example",
        "\n//evil.example",
        " //evil.example",
        " /me",
        "/%09/evil.example",
        "/%0d%0aSet-Cookie:a=b",
        "/me\r\nSet-Cookie: a=b",
        "/me\0",
        "/%00//evil.example",
        "/\u00a0/evil.example",
        "/\u2028/evil.example",
        "/\u200b/evil.example",
        "http://evil.example",
        "https://evil.example",
        "HTTPS://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "http:\\\\evil.example",
        "//localhost@evil.example",
        "https://localhost@evil.example",
        "@evil.example",
        "evil.example/me",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,hello",
        "vbscript:x",
        "ftp://evil.example",
        "kakaotalk://web/openExternal?url=https://evil.example",
        "/./%2f%2fevil.example",
        "/..//evil.example",
        "/me//evil.example",
        "/auth/kakao",
        "/auth/logout",
        "/auth/kakao/callback?code=a&state=b",
        "/%61uth/kakao",
        pytest.param("/" + "a" * 255, id="256 bytes"),
        pytest.param("/" + "가" * 85, id="256 bytes of Korean"),
    ],
)
def test_anything_else_leads_home(target):
    assert next_url.safe(target) == "/"
