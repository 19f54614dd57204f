"""Name a device from its user agent, so that members recognise their sign-ins.

Without ua-parser: a list of one's own sign-ins needs no more than these two dozen names, and the
library's hundreds of patterns would run on every sign-in.
"""

# The first match wins: the user agent of a browser also contains tokens that stand below its own.
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


def is_kakaotalk(user_agent: str) -> bool:
    """Return whether this is the browser inside the KakaoTalk app."""
    return "KAKAOTALK" in user_agent


def describe(user_agent: str) -> str:
    """Return system and browser, such as "Android · KakaoTalk"; empty if neither is known."""
    names = [find_name(SYSTEMS, user_agent), find_name(BROWSERS, user_agent)]
    return " · ".join(filter(None, names))


def find_name(names: dict[str, str], user_agent: str) -> str | None:
    """Return the name for the first token that the user agent contains; None without one."""
    return next((name for token, name in names.items() if token in user_agent), None)
