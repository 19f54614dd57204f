"""Checks that hold for every HTML page, made on each page that any test fetches."""

import re
from collections import Counter
from html.parser import HTMLParser


class Page(HTMLParser):
    """The elements of a page, as (tag, attributes), with the text of h1 and title."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.words = {"h1": "", "title": ""}
        self.open = []
        self.forms = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.elements.append((tag, attrs))
        self.open.append(tag)
        if tag == "form":
            self.forms.append([])
        elif self.forms and attrs.get("name"):
            self.forms[-1].append(attrs["name"])

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        for tag in ("h1", "title"):
            # An svg may have a title of its own.
            if tag in self.open and "svg" not in self.open:
                self.words[tag] += data

    def told(self):
        """What the page says of itself, in <meta>."""
        return {
            attrs.get("property") or attrs.get("name"): attrs.get("content")
            for tag, attrs in self.elements
            if tag == "meta"
        }


def check(html):
    page = Page(html)
    tags = Counter(tag for tag, _ in page.elements)
    heading, title = (" ".join(page.words[tag].split()) for tag in ("h1", "title"))
    assert tags["h1"] == 1, "one h1"
    assert heading and title.startswith(heading), f"{title!r} begins with {heading!r}"

    ids = Counter(attrs["id"] for _, attrs in page.elements if "id" in attrs)
    assert not [name for name, times in ids.items() if times > 1], "no id twice"

    labelled = {attrs.get("for") for tag, attrs in page.elements if tag == "label"}
    for tag, attrs in page.elements:
        assert "style" not in attrs and not [name for name in attrs if name.startswith("on")]
        assert tag != "style"
        assert tag != "script" or "src" in attrs, "no inline script"
        assert tag != "img" or "alt" in attrs
        if tag == "input" and attrs.get("type") != "hidden":
            assert attrs.get("id") in labelled, f"a label for {attrs}"
    told = page.told()
    assert told["og:title"] == heading, "shared under its heading"
    assert told["description"] and told["description"] == told["og:description"]
    assert re.match("https?://.+[.]png", told["og:image"]), "a picture with an absolute address"

    for names in page.forms:
        assert "csrf_token" in names, "a CSRF token in each form"
