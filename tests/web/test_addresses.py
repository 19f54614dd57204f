"""The visitor's IP address, as the trusted proxies forward it, and its network."""

import pytest
from flask import request

from app import create_app
from web import addresses


@pytest.fixture
def seen_address(settings):
    """The visitor's IP address, as the site sees it behind so many proxies."""

    def seen_address(proxies, forwarded_for, peer="10.0.0.1"):
        app = create_app(settings | {"TRUSTED_PROXIES": proxies})
        app.add_url_rule("/address", view_func=lambda: request.remote_addr)
        headers = {} if forwarded_for is None else {"X-Forwarded-For": forwarded_for}
        return (
            app.test_client()
            .get("/address", headers=headers, environ_overrides={"REMOTE_ADDR": peer})
            .text
        )

    return seen_address


@pytest.mark.parametrize(
    ("proxies", "forwarded_for", "address"),
    [
        ("0", "203.0.113.7", "10.0.0.1"),
        ("1", None, "10.0.0.1"),
        ("1", "", "10.0.0.1"),
        ("1", "203.0.113.7", "203.0.113.7"),
        ("1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("2", "198.51.100.1,203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("2", "203.0.113.7", "203.0.113.7"),
        ("3", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("1", "203.0.113.7:61234", "203.0.113.7"),
        ("1", "[2001:db8::7]", "2001:db8::7"),
        ("1", "[2001:DB8::7]:61234", "2001:db8::7"),
        ("1", "2001:db8::7", "2001:db8::7"),
        ("1", "::1", "::1"),
        ("1", '"[2001:db8::7]:61234"', "2001:db8::7"),
        ("1", " 203.0.113.7\t", "203.0.113.7"),
        ("1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("1", "fe80::1%eth0", "fe80::1"),
        ("1", "unknown", "10.0.0.1"),
        ("1", "_hidden:secret", "10.0.0.1"),
        ("1", "203.0.113.7, ", "10.0.0.1"),
        ("1", "203.0.113.777", "10.0.0.1"),
        ("1", "<script>", "10.0.0.1"),
        ("1", "[", "10.0.0.1"),
        ("1", ",,,", "10.0.0.1"),
    ],
)
def test_the_visitors_ip_address_is_the_one_that_the_outermost_proxy_saw(
    seen_address, proxies, forwarded_for, address
):
    assert seen_address(proxies, forwarded_for) == address


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("nonsense", ""),
        (None, ""),
    ],
)
def test_an_ip_address_is_truncated_to_its_network(address, short):
    assert addresses.truncate_ip(address) == short
