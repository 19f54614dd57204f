"""A device in words, and an address made short: enough to know one's own sign-ins again."""

import ipaddress

# The first that stands in the user agent counts: each calls itself by its elders' names as well.
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "Chromebook",
    "Linux": "Linux",
}
BROWSERS = {
    "KAKAOTALK": "KakaoTalk",
    "NAVER": "Naver",
    "Instagram": "Instagram",
    "SamsungBrowser": "Samsung Internet",
    "Whale": "Whale",
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


def in_words(user_agent: str) -> str:
    """Name system and browser, such as "Android · KakaoTalk"; empty when neither is known."""
    found = (
        next((name for mark, name in names.items() if mark in user_agent), None)
        for names in (SYSTEMS, BROWSERS)
    )
    return " · ".join(filter(None, found))


def shortened(address: str | None) -> str:
    """The network an address belongs to: 203.0.113.0, 2001:db8:1::; empty when it is none."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    # A server that listens on IPv6 sees 203.0.113.77 as ::ffff:203.0.113.77.
    ip = getattr(ip, "ipv4_mapped", None) or ip
    prefix = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False).network_address)
