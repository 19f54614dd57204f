"""Every page of the site, and how a person gets to it.

Each is named by its template, and by its status when that is not 200.
"""

import functools
import re

import requests
from playwright.sync_api import expect

from sandbox.people import PEOPLE
from tests import made_up_documents
from tests.houses import pictures

# As long and as wide as a nickname can be: 20 graphemes, and no place to break the line.
LONGEST = "W" * 18 + "🏠👩‍👩‍👧‍👦"
PHONE = {"width": 375, "height": 667}  # a small one
RESERVED = "관리자"
TOO_BUSY = "203.0.113.7"  # the IP address of someone who pressed far too often


class Gallery:
    """Opens each page once, in a tab of its own; gallery["error.html, 404"].

    :param site: behind one trusted proxy, so that a visitor can have another IP address.
    :param sandbox: the Kakao sandbox, to enable its faults.
    :param run_flask: runs a command of the site: run_flask("members", "operator", "지은").
    """

    def __init__(self, chromium, site, sandbox, run_flask, locale="ko-KR"):
        self.chromium = chromium
        self.site = site
        self.sandbox = sandbox
        self.run_flask = run_flask
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

    def hear(self, response):
        if response.request.is_navigation_request() and response.status != 302:
            self.shown = response

    def visitor(self, path, **more):
        tab = self.tab(self.new_context(**more))
        tab.goto(path)
        return tab

    def newcomer(self, nickname="", next_url="/me"):
        """The page after someone with this Kakao nickname has pressed the button."""
        tab = self.visitor(f"/auth/kakao?next={next_url}")
        tab.locator("#nickname").fill(nickname)
        tab.locator("button[name=new]").click()
        return tab

    @functools.cached_property
    def home_owner(self):
        """The browser of a member with neighbours and a second device."""
        for nickname in ("지은", "텃밭 가꾸는 민수", "🏡🌷", LONGEST):
            tab = self.newcomer(nickname)
            tab.wait_for_url("/me")
        other_device = self.new_context(user_agent="iPhone Safari")  # new to the member
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

    @functools.cached_property
    def photo(self):
        """The path of a photo in that member's house, on which a neighbour left a footprint."""
        path = hang_photo(self.member("/me/photos/new"), "볕이 드는 " + "창" * 40)
        tab = self.neighbour(path)
        tab.locator("button.footprint").click()
        expect(tab.locator("#footprints")).to_contain_text("1")
        return path

    @functools.cached_property
    def hidden_photo(self):
        """The path of a photo in that member's house that an operator has hidden."""
        path = hang_photo(self.member("/me/photos/new"), "")
        self.run_flask("photos", "hide", path.rpartition("/")[2], "--why", "얼굴이 보여요")
        return path

    @functools.cached_property
    def neighbours_browser(self):
        """The browser of an operator, who has reported a photo."""
        path = self.photo_to_report
        context = self.newcomer("살피는 하늘").context
        self.run_flask("members", "operator", "살피는 하늘")
        tab = self.tab(context)
        tab.goto(f"{path}/report")
        tab.locator("select").select_option(index=1)
        tab.locator("main form button").click()
        tab.wait_for_url(path)
        return context

    @functools.cached_property
    def photo_to_report(self):
        return hang_photo(self.member("/me/photos/new"), "서재 한쪽")

    def neighbour(self, path):
        tab = self.tab(self.neighbours_browser)
        tab.goto(path)
        return tab

    def at_fault(self, **switch):
        """The page after a sign-in while Kakao has this fault."""
        address = f"{self.sandbox}/faults"
        requests.post(address, json=switch, timeout=30).raise_for_status()
        try:
            return self.newcomer("도윤")
        finally:
            requests.delete(address, timeout=30)


def submit_nickname(tab, nickname):
    tab.locator("#nickname").fill(nickname)
    tab.locator(".custom-nickname button, .nickname > form:only-of-type button").click()
    return tab


def hang_photo(tab, words):
    """Hang a photo; its path."""
    picture = {"name": "home.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg(1200, 900)}
    tab.locator("input[type=file]").set_input_files(picture)
    tab.get_by_role("radio").first.check()
    tab.locator("input[name=words]").fill(words)
    tab.locator("main form button").click()
    tab.wait_for_url(re.compile(r"/photos/\d+$"))
    return "/photos/" + tab.url.rpartition("/")[2]


def no_picture(gallery):
    tab = gallery.tab(gallery.home_owner)
    # The script would send the form without leaving the page.
    tab.route("**/upload.js*", lambda route: route.abort())
    tab.goto("/me/photos/new")
    picture = {"name": "home.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    tab.locator("input[type=file]").set_input_files(picture)
    tab.locator("main form button").click()
    return tab


def suspended(gallery):
    tab = gallery.newcomer("멈춘 이웃")
    tab.wait_for_url("/me")
    gallery.run_flask("members", "suspend", "멈춘 이웃", "--why", "광고를 걸었어요", "--days", "7")
    tab.goto("/auth/kakao")
    return tab


def from_elsewhere(gallery, header, value):
    """The button's URL as a link on another site, or a browser that looks ahead, opens it."""
    tab = gallery.visitor("/")

    def add_header(route):
        headers = route.request.headers | {header.lower(): value}
        route.fulfill(response=route.fetch(headers=headers, max_redirects=0))

    tab.route("**/auth/kakao", add_header)
    tab.goto("/auth/kakao")
    return tab


def cancelled(gallery):
    tab = gallery.visitor("/auth/kakao")
    tab.locator("button[name=cancel]").click()
    return tab


def wrong_account(gallery):
    tab = gallery.member("/me/withdraw")
    tab.locator("main form button").click()
    tab.locator(f'button[value="{PEOPLE["haneul"].id}"]').click()
    return tab


def expired_form(gallery):
    tab = gallery.member("/me/nickname")
    token = tab.locator("main input[name=csrf_token]")
    token.evaluate("field => { field.value = 'of another visit'; }")
    return submit_nickname(tab, "봄볕")


def bad_request(gallery):
    path, tab = gallery.photo, gallery.tab(gallery.neighbours_browser)
    # The script would send the form without leaving the page.
    tab.route("**/footprint.js*", lambda route: route.abort())
    tab.goto(path)
    field = tab.locator("main [name=left]")
    field.evaluate("field => { field.value = 'neither 0 nor 1'; }")
    tab.locator("main form:has([name=left]) button").click()
    return tab


def changed_today(gallery):
    tab = submit_nickname(gallery.newcomer("새벽", next_url="/me/nickname"), "새벽산책")
    tab.wait_for_url("/me")
    tab.goto("/me/nickname")
    return tab


def rate_limited(gallery):
    headers = {"X-Forwarded-For": TOO_BUSY}
    with requests.Session() as http:
        while http.get(f"{gallery.site}/auth/kakao", headers=headers, allow_redirects=False).ok:
            pass
    return gallery.visitor("/auth/kakao", extra_http_headers=headers)


PAGES = {
    "pages/home.html": lambda g: g.visitor("/"),
    "pages/home.html, signed in": lambda g: g.member("/"),
    "pages/street.html": lambda g: g.visitor("/?room=study"),
    "pages/street.html, signed in": lambda g: g.member("/?room=study"),
    "pages/member.html": lambda g: g.visitor(own_house(g)),
    "pages/member.html, one's own": lambda g: g.member(own_house(g)),
    "pages/document.html, terms": lambda g: g.visitor("/terms"),
    "pages/document.html, privacy": lambda g: g.visitor("/privacy"),
    "pages/document.html, to agree to": lambda g: g.member(f"/terms/{made_up_documents.SOON}"),
    "pages/document.html, to read": lambda g: g.member(f"/privacy/{made_up_documents.SOON}"),
    "auth/nickname.html": lambda g: g.newcomer(),
    "auth/nickname.html, long": lambda g: g.home_owner and g.newcomer(LONGEST),
    "auth/nickname.html, refused 422": lambda g: submit_nickname(g.newcomer(), RESERVED),
    "auth/sign_in.html": lambda g: from_elsewhere(g, "Sec-Fetch-Site", "cross-site"),
    "continue.html": lambda g: from_elsewhere(g, "Sec-Purpose", "prefetch"),
    "auth/sign_in_failed.html, cancelled": cancelled,
    "auth/sign_in_failed.html, 400": lambda g: g.visitor("/auth/kakao/callback?state=x&code=y"),
    "auth/sign_in_failed.html, 403": lambda g: g.at_fault(where="me", fault="-406"),
    "auth/sign_in_failed.html, misconfigured 503": lambda g: g.at_fault(
        where="token", fault="KOE101"
    ),
    "auth/sign_in_failed.html, 502": lambda g: g.at_fault(where="me", fault="truncated"),
    "auth/sign_in_failed.html, 503": lambda g: g.at_fault(where="token", fault="maintenance"),
    "auth/sign_in_failed.html, 504": lambda g: g.at_fault(where="token", fault="hang", seconds=30),
    "account/me.html": lambda g: g.member("/me"),
    "account/nickname.html": lambda g: g.member("/me/nickname"),
    "account/nickname.html, refused 422": lambda g: submit_nickname(
        g.member("/me/nickname"), RESERVED
    ),
    "account/nickname.html, shown again 400": expired_form,
    "account/nickname.html, changed today": changed_today,
    "account/data.html": lambda g: g.member("/me/data"),
    "account/sessions.html": lambda g: g.member("/me/sessions"),
    "account/delete_account.html": lambda g: g.member("/me/withdraw"),
    "account/reauthentication_failed.html, 403": wrong_account,
    "account/goodbye.html": lambda g: g.visitor("/me/goodbye"),
    "account/goodbye.html, still linked": lambda g: g.visitor("/me/goodbye?unlinked=0"),
    "auth/suspended.html, 403": suspended,
    "houses/new_photo.html": lambda g: g.member("/me/photos/new"),
    "houses/new_photo.html, refused 422": no_picture,
    "houses/photo.html": lambda g: g.visitor(g.photo),
    "houses/photo.html, one's own": lambda g: g.member(g.photo),
    "houses/photo.html, hidden": lambda g: g.member(g.hidden_photo),
    "houses/photo_not_found.html, 404": lambda g: g.visitor("/photos/999999"),
    "houses/edit.html": lambda g: g.member(f"{g.photo}/edit"),
    "houses/remove.html": lambda g: g.member(f"{g.photo}/remove"),
    "moderation/report.html": lambda g: g.neighbour(f"{g.photo}/report"),
    "houses/visits.html": lambda g: g.photo and g.member("/me/visits"),
    "houses/liked.html": lambda g: g.photo and g.neighbour("/me/liked"),
    "houses/neighbours.html": lambda g: g.member("/neighbours"),
    "moderation/operator.html": lambda g: g.neighbour("/operator"),
    "moderation/photo.html": lambda g: g.neighbour(f"/operator{g.photo_to_report}"),
    "moderation/member.html": lambda g: g.neighbour(f"/operator/members/{LONGEST}"),
    "moderation/members.html": lambda g: g.neighbour("/operator/members"),
    "moderation/members.html, no one 404": lambda g: g.neighbour("/operator/members?who=member=0"),
    "moderation/record.html": lambda g: g.neighbour("/operator/record"),
    "error.html, 400": bad_request,
    "error.html, 403": lambda g: g.visitor("/auth/nickname/check"),
    "error.html, 404": lambda g: g.visitor("/nowhere"),
    "error.html, 405": lambda g: g.visitor("/auth/logout"),
    "error.html, 413": lambda g: submit_nickname(g.newcomer(), "집" * 30_000),
    "error.html, 429": rate_limited,
}


def own_house(gallery):
    gallery.home_owner  # noqa: B018, has moved in now
    return f"/@{LONGEST}"
