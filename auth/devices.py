"""Name a device from its user agent, so that members recognise their sign-ins.

Not by ua-parser: two dozen names are all that a list of one's own sign-ins needs, and its hundreds
of patterns would run on every sign-in.
"""

# First match wins: every browser also claims to be the ones before it.
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


def describe(user_agent: str) -> str:
    """Return system and browser, such as "Android · KakaoTalk"; empty if neither is known."""
    names = [find_name(SYSTEMS, user_agent), find_name(BROWSERS, user_agent)]
    return " · ".join(name for name in names if name)


def find_name(names: dict[str, str], user_agent: str) -> str | None:
    """Return the name of the first token that is in the user agent; None if none is."""
    for token, name in names.items():
        if token in user_agent:
            return name
    return None
