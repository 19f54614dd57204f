"""deploy/nginx.conf in a real nginx, in front of gunicorn: what test_proxy.py tests with Caddy."""

import getpass
import os
import re
import shutil
import socket
import subprocess
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import requests

from tests.end_to_end import test_proxy as caddy
from tests.end_to_end.conftest import ROOT, free_port, running
from tests.servers import listening

flags, proxied, settings, site = caddy.flags, caddy.proxied, caddy.settings, caddy.site
test_slow_requests_hold_up_no_one_else = caddy.test_slow_requests_hold_up_no_one_else
test_only_a_members_photo_may_be_large = caddy.test_only_a_members_photo_may_be_large
test_a_thousand_posts_of_strangers_without_their_end_take_less_than_50_mb = (
    caddy.test_a_thousand_posts_of_strangers_without_their_end_take_less_than_50_mb
)
test_without_a_process_of_the_site_a_page_is_shown_at_once = (
    caddy.test_without_a_process_of_the_site_a_page_is_shown_at_once
)
test_one_command_closes_the_site_and_another_opens_it = (
    caddy.test_one_command_closes_the_site_and_another_opens_it
)

# What Debian's nginx.conf says around the site's file, with every path in one folder.
AROUND = """user {user};
daemon off;
pid "{folder}/pid";
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    include "{folder}/site.conf";
}}
"""


@pytest.fixture(scope="module")
def nginx():
    """nginx, which Debian has in a folder that is not in everyone's PATH."""
    path = shutil.which("nginx", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))
    if not path:
        pytest.skip("no nginx found: apt-get install nginx")
    return path


@pytest.fixture
def proxy(nginx, tmp_path, flags):
    """Start nginx in front of an upstream: proxy("localhost:1"); a running server."""
    with ExitStack() as stack:

        def proxy(upstreams, health="/healthz"):
            port, http_port = free_port(), free_port()
            changes = {
                "listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
                "listen 80;": f"listen 127.0.0.1:{http_port};",
                r"\n.*(listen \[::\]|ssl_certificate).*": "",
                "your.site": "localhost",
                r"Host \$host": "Host $http_host",  # with the port, which is 443 otherwise
                "/var/log/nginx/error.log": "stderr",
                "/srv/neonejip/deploy": f'"{ROOT}/deploy"',
                "/srv/neonejip/maintenance": f'"{flags}/maintenance"',
                "127.0.0.1:8000": upstreams.split()[0].replace("localhost", "127.0.0.1"),
            }
            text = (ROOT / "deploy/nginx.conf").read_text()
            for before, after in changes.items():
                assert re.search(before, text), before
                text = re.sub(before, after, text)
            (tmp_path / "site.conf").write_text(text)
            config = tmp_path / "nginx.conf"
            config.write_text(AROUND.format(user=getpass.getuser(), folder=tmp_path))
            command = [nginx, "-p", str(tmp_path), "-e", "stderr", "-c", str(config)]
            subprocess.run([*command, "-t"], check=True)
            server = stack.enter_context(running(command, f"http://localhost:{port}{health}"))
            server.address = f"http://localhost:{port}"
            server.http_address = f"http://localhost:{http_port}"
            return server

        yield proxy


class Echo(BaseHTTPRequestHandler):
    """Responds with the headers that it gets."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers).encode())

    def log_message(self, *_):
        pass


def test_the_site_learns_what_the_visitor_asked_for_and_from_where(proxy):
    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Echo)) as upstream:
        url = proxy(f"localhost:{upstream.server_port}").address
        headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        received = requests.get(url, headers=headers, timeout=30).text

    assert "Host: localhost:" in received
    assert "X-Forwarded-For: 203.0.113.7, 127.0.0.1\n" in received
    assert "X-Forwarded-Proto: http\n" in received, "not what a visitor claims"


def test_a_strangers_photo_is_refused_before_its_end(proxied):
    host = urlsplit(proxied)
    with socket.create_connection(("localhost", host.port), timeout=30) as stranger:
        head = f"POST /me/photos/new HTTP/1.1\r\nHost: {host.netloc}\r\nCookie: session=made-up"
        stranger.sendall(f"{head}\r\nContent-Length: 30000000\r\n\r\n".encode() + b"x" * 20_000)

        assert stranger.recv(20).startswith(b"HTTP/1.1 302")


def test_plain_http_leads_to_https(proxy, site):
    url = proxy(site).http_address
    response = requests.get(f"{url}/terms?a=b", allow_redirects=False, timeout=30)

    assert response.status_code == 308
    assert response.headers["Location"] == "https://localhost/terms?a=b"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/", None, id="page"),
        pytest.param("/me/nickname", b"nickname=x", id="form"),
        pytest.param("/me/photos/new", b"x" * 9 * caddy.MEGABYTE, id="photo"),
        pytest.param("/auth/kakao/callback?code=Secret", None, id="code"),
    ],
)
def test_each_request_gets_the_maintenance_page(proxy, path, body):
    server = proxy(f"localhost:{free_port()}", health="/")

    method = "POST" if body else "GET"
    page = requests.request(method, f"{server.address}{path}", data=body, timeout=30)

    caddy.assert_is_maintenance(page)
    with open(server.output.name) as log:
        assert "Secret" not in log.read(), "no URL is logged, which may have a code"


def test_the_sites_own_unavailable_page_passes(proxy, site):
    url = proxy(site).address

    page = requests.get(f"{url}/auth/kakao/callback?error=server_error&state=x", timeout=30)

    assert page.status_code >= 400
    assert "문의 번호" in page.text


def test_the_maintenance_page_has_no_url_of_its_own(proxied):
    assert requests.get(f"{proxied}/maintenance.html", timeout=30).status_code == 404
