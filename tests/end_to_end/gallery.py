"""Every page of the site, and how a person gets to it.

Each is named by its template, and by its status when that is not 200.
"""

import functools
import re

import requests

from sandbox.people import PEOPLE

# As long and as wide as a nickname can be: 20 graphemes, and no place to break the line.
LONGEST = "W" * 18 + "🏠👩‍👩‍👧‍👦"
PHONE = {"width": 375, "height": 667}  # a small one
RESERVED = "관리자"
TOO_BUSY = "203.0.113.7"  # the address of somebody who pressed far too often


class Gallery:
    """Opens each page once, in a tab of its own; gallery["error.html, 404"].

    :param site: behind one trusted proxy, so that somebody can have another address.
    :param sandbox: the stand-in Kakao, to throw its switches.
    """

    def __init__(self, chromium, site, sandbox, locale="ko-KR"):
        self.chromium = chromium
        self.site = site
        self.sandbox = sandbox
        self.locale = locale
        self.tabs = {}
        self.html = {}

    def __getitem__(self, name):
        """The tab that shows this page; what the server sent is in gallery.html[name]."""
        if name not in self.tabs:
            self.tabs[name] = PAGES[name](self)
            self.tabs[name].wait_for_load_state()  # a click waits for less
            expected = re.search(r"\d+$", name)
            assert self.shown.status == (int(expected[0]) if expected else 200)
            self.html[name] = self.shown.text()
        return self.tabs[name]

    def new_context(self, **more):
        # Without motion every colour is the final one as soon as a page is there.
        calm = {"reduced_motion": "reduce", "viewport": PHONE} | more
        context = self.chromium.new_context(base_url=self.site, locale=self.locale, **calm)
        context.set_default_timeout(15_000)
        return context

    def tab(self, context):
        tab = context.new_page()
        tab.on("response", self.hear)
        return tab

    def hear(self, answer):
        if answer.request.is_navigation_request() and answer.status != 302:
            self.shown = answer

    def visitor(self, path, **more):
        tab = self.tab(self.new_context(**more))
        tab.goto(path)
        return tab

    def newcomer(self, nickname="", next_url="/me"):
        """Somebody Kakao knows under this nickname has just pressed the button."""
        tab = self.visitor(f"/auth/kakao?next={next_url}")
        tab.locator("#nickname").fill(nickname)
        tab.locator("button[name=new]").click()
        return tab

    @functools.cached_property
    def home_owner(self):
        """The browser of a member with neighbours and a second device."""
        for nickname in ("지은", "텃밭 가꾸는 민수", "🏡🌷"):
            self.newcomer(nickname).context.close()
        tab = self.newcomer(LONGEST)
        other_device = self.new_context()
        cookies = [c for c in tab.context.cookies() if c["name"] == "sandbox_person"]
        other_device.add_cookies(cookies)
        other_device.new_page().goto("/me")
        other_device.close()
        return tab.context

    def member(self, path):
        owner = self.home_owner
        tab = self.tab(owner)
        tab.goto(path)
        return tab

    def at_fault(self, **switch):
        """Somebody comes back from a Kakao that is in trouble."""
        address = f"{self.sandbox}/faults"
        requests.post(address, json=switch, timeout=30).raise_for_status()
        try:
            return self.newcomer("도윤")
        finally:
            requests.delete(address, timeout=30)


def asked_again(tab, nickname):
    tab.locator("#nickname").fill(nickname)
    tab.locator(".own-nickname button, .nickname > form:only-of-type button").click()
    return tab


def cancelled(gallery):
    tab = gallery.visitor("/auth/kakao")
    tab.locator("button[name=cancel]").click()
    return tab


def somebody_else_leaves(gallery):
    tab = gallery.member("/me/withdraw")
    tab.locator("main form button").click()
    tab.locator(f'button[value="{PEOPLE["haneul"].id}"]').click()
    return tab


def form_grown_old(gallery):
    tab = gallery.newcomer()
    tab.context.clear_cookies()
    return asked_again(tab, "봄볕")


def pressed_too_often(gallery):
    headers = {"X-Forwarded-For": TOO_BUSY}
    with requests.Session() as http:
        while http.get(f"{gallery.site}/auth/kakao", headers=headers, allow_redirects=False).ok:
            pass
    return gallery.visitor("/auth/kakao", extra_http_headers=headers)


PAGES = {
    "pages/home.html": lambda g: g.visitor("/"),
    "pages/home.html, signed in": lambda g: g.member("/"),
    "pages/member.html": lambda g: g.visitor(own_house(g)),
    "pages/member.html, one's own": lambda g: g.member(own_house(g)),
    "pages/terms.html": lambda g: g.visitor("/terms"),
    "pages/privacy.html": lambda g: g.visitor("/privacy"),
    "auth/nickname.html": lambda g: g.newcomer(),
    "auth/nickname.html, long": lambda g: g.home_owner and g.newcomer(LONGEST),
    "auth/nickname.html, refused 422": lambda g: asked_again(g.newcomer(), RESERVED),
    "auth/start_again.html, cancelled": cancelled,
    "auth/start_again.html, 400": lambda g: g.visitor("/auth/kakao/callback?state=x&code=y"),
    "auth/start_again.html, 403": lambda g: g.at_fault(where="me", fault="-406"),
    "auth/start_again.html, 500": lambda g: g.at_fault(where="token", fault="KOE101"),
    "auth/start_again.html, 502": lambda g: g.at_fault(where="me", fault="truncated"),
    "auth/start_again.html, 503": lambda g: g.at_fault(where="token", fault="maintenance"),
    "auth/start_again.html, 504": lambda g: g.at_fault(where="token", fault="hang", seconds=30),
    "account/me.html": lambda g: g.member("/me"),
    "account/nickname.html": lambda g: g.member("/me/nickname"),
    "account/nickname.html, refused 422": lambda g: asked_again(g.member("/me/nickname"), RESERVED),
    "account/sessions.html": lambda g: g.member("/me/sessions"),
    "account/withdraw.html": lambda g: g.member("/me/withdraw"),
    "account/not_you.html, 403": somebody_else_leaves,
    "account/goodbye.html": lambda g: g.visitor("/me/goodbye"),
    "account/goodbye.html, still linked": lambda g: g.visitor("/me/goodbye?unlinked=0"),
    "error.html, 400": form_grown_old,
    "error.html, 403": lambda g: g.visitor("/auth/nickname/check"),
    "error.html, 404": lambda g: g.visitor("/nowhere"),
    "error.html, 405": lambda g: g.visitor("/auth/logout"),
    "error.html, 413": lambda g: asked_again(g.newcomer(), "집" * 30_000),
    "error.html, 429": pressed_too_often,
}


def own_house(gallery):
    gallery.home_owner  # noqa: B018, has moved in now
    return f"/@{LONGEST}"
