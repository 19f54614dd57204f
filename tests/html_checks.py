"""A page as a test reads it, and checks that hold for every page that any test fetches."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

# What no page has: a selector, and what is there instead.
FORBIDDEN = {
    "[style], style": "no inline style",
    "script:not([src])": "no inline script",
    "img:not([alt])": "an alternative text",
    "form:not([method=get]):not(:has([name=csrf_token]))": "a CSRF token in each form",
}


class Page:
    """An HTML page, searched with CSS selectors as a browser would."""

    def __init__(self, html: str) -> None:
        self.tree = LexborHTMLParser(html)

    def all(self, selector: str) -> list[LexborNode]:
        return self.tree.css(selector)

    def one(self, selector: str) -> LexborNode:
        """Return the only element that the selector matches."""
        (element,) = self.all(selector)
        return element

    def texts(self, selector: str) -> list[str]:
        """Return the text of each element that the selector matches, as people read it."""
        return [text_of(element) for element in self.all(selector)]

    def text(self, selector: str) -> str:
        return text_of(self.one(selector))

    def attributes(self, selector: str, name: str) -> list[str]:
        """Return this attribute of each element that the selector matches."""
        return [element.attributes[name] for element in self.all(selector)]

    def value(self, field: str) -> str:
        """Return the value of the form field with this name; the first if several have it."""
        return self.all(f"[name={field}]")[0].attributes["value"]

    def meta(self) -> dict[str, str]:
        """Return what the page says of itself, in <meta>."""
        tags = [meta.attributes for meta in self.all("meta[content]")]
        return {tag.get("property") or tag.get("name"): tag["content"] for tag in tags}


def text_of(element: LexborNode) -> str:
    return " ".join(element.text().split())


def check(html: str) -> Page:
    """Check what holds for every page; the page."""
    assert html.startswith("<!doctype html>")
    page = Page(html)
    heading, title = page.text("h1"), page.text("head title")
    wrong = page.all("[aria-invalid=true]")
    assert heading and re.match("((오류|Error): )?" + re.escape(heading), title), title
    if wrong:
        assert title.startswith(("오류: ", "Error: ")), title
        focused = [bool(field.css("[autofocus]")) for field in wrong]  # or one of its choices
        assert focused == [True] + [False] * (len(wrong) - 1), "the first wrong field has it"

    ids = page.attributes("[id]", "id")
    assert len(ids) == len(set(ids)), f"an id twice: {ids}"

    for selector, rule in FORBIDDEN.items():
        assert not [element.html for element in page.all(selector)], rule
    for element in page.all("*"):
        assert not [name for name in element.attributes if name.startswith("on")]
    labelled = page.attributes("label[for]", "for")
    for element in page.all("input:not([type=hidden])"):
        assert element.attributes.get("id") in labelled, f"a label for {element.html}"

    meta = page.meta()
    assert meta["og:title"] == heading, "shared under its heading"
    assert meta["description"] and meta["description"] == meta["og:description"]
    assert re.match("https?://.+[.](png|jpg)", meta["og:image"]), "a picture with an absolute URL"
    return page
