"""The versions of the terms and of the privacy policy, and what changed between two of them."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError

NAMES = ("terms", "privacy")
# Between the announcement of a version and its first day, as /terms and /privacy promise.
NOTICE_PERIOD = timedelta(days=7)
NOTICE_PERIOD_WITH_CONSENT = timedelta(days=30)

BLOCKS = {"h1", "h2", "h3", "p", "li", "dt", "dd", "th", "td"}


class DocumentError(Exception):
    """versions.toml or a text is missing or invalid; the message names it."""


@dataclass(frozen=True)
class Version:
    """One text of a document.

    :ivar announced_on: the day it is announced to members; None for the first version.
    :ivar needs_consent: whether members must agree, because it is to their disadvantage.
    """

    in_force_on: date
    announced_on: date | None = None
    needs_consent: bool = False

    @property
    def name(self) -> str:
        """The name in its URL and of its file: 2026-11-24."""
        return self.in_force_on.isoformat()


def load(folder: Path) -> dict[str, list[Version]]:
    """Return the versions of each document, oldest first, as versions.toml lists them.

    :raises DocumentError: if a version has no text, or is announced too late.
    """
    try:
        listed = tomllib.loads((folder / "versions.toml").read_text("utf-8"))
        versions = {
            document: [
                Version(date.fromisoformat(day), **about)
                for day, about in sorted(listed[document].items())
            ]
            for document in NAMES
        }
        for document in NAMES:
            validate(versions[document], folder / document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DocumentError(f"versions.toml in {folder} is missing or invalid: {error}") from error
    return versions


def validate(versions: list[Version], folder: Path) -> None:
    """Check that each version of a document has its text, and is announced in time.

    :raises DocumentError: if a text is missing or an announcement is late.
    """
    if not versions:
        raise DocumentError(f"versions.toml lists no version of {folder.name}")
    for version in versions:
        check_text(folder / f"{version.name}.html")
    for version in versions[1:]:
        period = NOTICE_PERIOD_WITH_CONSENT if version.needs_consent else NOTICE_PERIOD
        if version.announced_on is None or version.announced_on > version.in_force_on - period:
            raise DocumentError(
                f"{folder.name} {version.name} has to be announced {period.days} days before"
            )


def check_text(file: Path) -> None:
    """Check that a text can be rendered.

    :raises DocumentError: if it is missing, is not UTF-8 or has a mistake in its Jinja.
    """
    name = f"{file.parent.name}/{file.name}"
    try:
        Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise DocumentError(f"{name} is missing") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name} is not UTF-8 text: save it as UTF-8") from error
    except TemplateSyntaxError as error:
        raise DocumentError(f"{name}, line {error.lineno}: {error.message}") from error


def compare(old: str, new: str) -> list[tuple[list[str], list[str]]]:
    """Return the differences between two HTML texts, as pairs of old and new paragraphs.

    :return: in the order of the text; the first list is empty where paragraphs were added, the
        second where paragraphs were removed.
    """
    before, after = paragraphs(old), paragraphs(new)
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(before[a:b], after[c:d]) for step, a, b, c, d in steps if step != "equal"]


def paragraphs(html: str) -> list[str]:
    """Return the text of each heading, paragraph, list item and table cell."""
    parser = ParagraphParser()
    parser.feed(html)
    parser.close()
    texts = (" ".join(text.split()) for text in parser.texts)
    return [text for text in texts if text]


class ParagraphParser(HTMLParser):
    """Collects the text between the tags of BLOCKS."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a paragraph at a tag of BLOCKS; HTMLParser calls this."""
        if tag in BLOCKS:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        """Add text to the paragraph; HTMLParser calls this."""
        self.texts[-1] += data
