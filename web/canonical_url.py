"""One canonical URL, SITE_URL, whatever Host says."""

import re
import string
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response

from .addresses import split_values, visitor_address

# Load balancers request /healthz at an IP address, and Prometheus /metrics. Kakao follows no
# redirects, and a webhook is authenticated by its key or signature, not by its host.
NEVER_REDIRECTED = re.compile("/healthz|/metrics|/webhooks/.*", re.DOTALL)

HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)
LOCAL_NETWORKS = [
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1",
        "fc00::/7",
    )
]


def init_app(app: Flask) -> None:
    """Make each request one to SITE_URL, or redirect it there.

    The sender chooses Host and X-Forwarded-Host freely. URLs are made from SITE_URL alone; in
    development without it, from a local host.
    """
    site, proxies = urlsplit(app.config["SITE_URL"]), app.config["TRUSTED_PROXIES"]
    respond = app.wsgi_app

    def wsgi_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if not (app.config["ALLOW_LOCAL_HOSTS"] and is_local(host)):
            if not is_canonical(environ, site, proxies) and not NEVER_REDIRECTED.fullmatch(
                environ["PATH_INFO"]
            ):
                return redirect(app, environ)(environ, start_response)
            host = site.netloc
        environ["HTTP_HOST"] = host
        environ["wsgi.url_scheme"] = site.scheme
        environ["SCRIPT_NAME"] = ""  # gunicorn copies a request header of that name
        environ["REMOTE_ADDR"] = visitor_address(environ, proxies)
        return respond(environ, start_response)

    # Flask's documentation adds middleware like this.
    app.wsgi_app = wsgi_app  # type: ignore[method-assign]


def is_canonical(environ: WSGIEnvironment, site: SplitResult, proxies: int) -> bool:
    """Return whether this request came to SITE_URL already, as far as the proxies let us see.

    When in doubt, yes: a missing redirect is a nuisance, a redirect loop takes the site down.

    :param proxies: the number of trusted proxies in front of the site.
    """
    host = environ.get("HTTP_HOST", "")
    name = site.netloc.removesuffix(f":{site.port}")
    if host not in (site.netloc, name, f"{name}:80", f"{name}:443"):  # proxies change the port
        # Apache and nginx send a host of their own unless told otherwise.
        return bool(proxies and "HTTP_X_FORWARDED_FOR" in environ and is_local(host))
    if site.scheme == "http":
        return True
    # The outermost proxy knows the visitor's scheme. With fewer values than proxies it is
    # unknown: a CDN may have terminated TLS and reached an inner proxy over http. Browsers send
    # Sec-Fetch-Site over https only.
    schemes = split_values(environ.get("HTTP_X_FORWARDED_PROTO", ""))
    return not (
        0 < proxies <= len(schemes)
        and schemes[-proxies].lower() == "http"
        and "HTTP_SEC_FETCH_SITE" not in environ
    )


def redirect(app: Flask, environ: WSGIEnvironment) -> Response:
    """Return a redirect to the same path and query at SITE_URL."""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/@:~!$&'()*+,;=")
    query = quote(environ["QUERY_STRING"].encode("latin-1"), safe=string.punctuation)
    location = f"{app.config['SITE_URL']}/{path.removeprefix('/')}"
    if query:
        location += f"?{query}"
    # A browser would cache a 308 forever, and loop once SITE_URL changed.
    headers = {"Location": location, "Cache-Control": "no-store"}
    return Response(status=308, headers=app.config["SECURITY_HEADERS"] | headers)


def is_local(host: str) -> bool:
    """Return whether a Host header names a local machine: localhost, site:8000, 10.0.0.2."""
    match = HOST.fullmatch(host)
    if not match:
        return False
    name = match["name"].strip("[]")
    try:
        return any(ip_address(name) in network for network in LOCAL_NETWORKS)
    except ValueError:
        return "." not in name
