"""The visitor's IP address behind proxies, and its network for the log and the list of sessions."""

import re
from ipaddress import ip_address, ip_network
from wsgiref.types import WSGIEnvironment

# 203.0.113.7:1234 and [2001:db8::7]:1234, as some proxies write it.
WITH_PORT = re.compile(r"\[([^]]*)\](?::\w*)?|([^:]*):\w*")


def visitor_address(environ: WSGIEnvironment, proxies: int) -> str:
    """Return the IP address that the outermost trusted proxy saw.

    Each trusted proxy appends one entry to X-Forwarded-For; the visitor can write any entries
    before those, and they prove nothing. With fewer entries, someone bypassed the outer proxies,
    and the first entry comes from an inner proxy.

    :param proxies: the number of trusted proxies.
    """
    peer = environ.get("REMOTE_ADDR", "")
    entries = split_values(environ.get("HTTP_X_FORWARDED_FOR", ""))
    if not (proxies and entries):
        return peer
    return parse_address(entries[-proxies:][0]) or peer


def parse_address(entry: str) -> str | None:
    """Return the IP address in an entry of X-Forwarded-For; None for "unknown" and the like."""
    with_port = WITH_PORT.fullmatch(entry)
    try:
        address = ip_address((with_port[1] or with_port[2] or "") if with_port else entry)
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address).partition("%")[0]


def truncate_ip(address: str | None) -> str:
    """Return the network of an IP address: 203.0.113.0, 2001:db8:1::; empty for anything else.

    Enough for members to recognise their sign-ins, and to see which log lines belong together.
    """
    ip = parse_address(address or "")
    if ip is None:
        return ""
    prefix = 48 if ":" in ip else 24
    return str(ip_network(f"{ip}/{prefix}", strict=False).network_address)


def split_values(header: str) -> list[str]:
    """Return the comma-separated values of a header, without spaces and quotes."""
    return [value.strip(' \t"') for value in header.split(",")] if header else []
