"""Requests that no browser sends: each gets a response, and never a 5xx."""

import pytest

ODD = {
    "no UTF-8": {"QUERY_STRING": "next=\xff&nickname=\xff&state=\xff&v=\xff"},
    "no UTF-8, quoted": {"QUERY_STRING": "next=/%ff&nickname=%ff&state=%ff&error=%ff"},
    "NUL": {"QUERY_STRING": "next=/%00&nickname=%00&state=%00&code=%00"},
    "everything twice": {"QUERY_STRING": "state=a&state=b&code=c&code=d&next=/a&next=/b"},
    "long": {"QUERY_STRING": f"next=/{'a' * 4000}&nickname={'%F0%9F%8F%A0' * 300}"},
    "a Host of dots": {"HTTP_HOST": "..."},
    "a long Host": {"HTTP_HOST": "a" * 300},
    "a Host that is none": {"HTTP_HOST": "[:: <a>"},
    "no Host": {"HTTP_HOST": ""},
    "a foreign cookie": {"HTTP_COOKIE": "session=.eJw.a.b; session=\xff; language=\xff; =;"},
    "a language that is none": {"HTTP_ACCEPT_LANGUAGE": "ko;q=1e999,en;q=nan,\xff;;q=-1," * 50},
    "an encoding that is none": {"HTTP_ACCEPT_ENCODING": "gzip;q=x, \xff"},
    "a part that is none": {"HTTP_RANGE": "bytes=9-1", "HTTP_IF_NONE_MATCH": 'W/"\xff'},
    "a long key": {"HTTP_AUTHORIZATION": f"KakaoAK {'x' * 60_000}\xff"},
    "a form that is none": {"CONTENT_TYPE": "multipart/form-data; boundary=\xff"},
    "a charset that is none": {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=\xff"},
}
METHODS = ("GET", "POST")  # tests/test_fuzz.py tries the others


@pytest.fixture
def settings(settings):
    return settings | {"RATELIMIT_ENABLED": "0"}


@pytest.fixture
def member(browser, kakao):
    """A member who has also begun a sign-up as someone else, so that every page has content."""
    kakao.knows(1, "지은")
    browser.sign_in()
    kakao.knows(2, nickname=None)
    browser.sign_in()
    return browser.client


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_any_request_gets_a_response(app, member, odd):
    paths = {rule.rule.replace("<", "").replace(">", "") for rule in app.url_map.iter_rules()}

    for path in {*paths, "/static/style.css", "/language/en", "/nowhere", "/@%ff", "/static/%00"}:
        for method in METHODS:
            response = member.open(path, method=method, environ_overrides=odd)

            assert response.status_code < 500, (method, path)
            assert "Content-Security-Policy" in response.headers
