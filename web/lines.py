"""A line of text in a form: cleaned, and shown again if it was not sent."""

import regex
from flask import request

MAX_LENGTH = 1000  # characters that are shown again
# Not the Hangul filler, the empty Braille pattern or a joiner that joins nothing.
VISIBLE = regex.compile(r"[^\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]")


def clean_line(text: str | None) -> str:
    """Return the text on one line, without characters that would disturb the rest of the page.

    PostgreSQL cannot store NUL. Bidirectional overrides would reverse the text that follows on the
    page (Unicode Technical Report 36, 3.6).
    """
    text = regex.sub(r"[\p{Cs}\u202a-\u202e\u2066-\u2069]", "", text or "")
    text = " ".join(regex.sub(r"\p{Cc}", " ", text).split())
    return text if VISIBLE.search(text) else ""


def unsent_line() -> str:
    """Return what was typed in a form that is refused, so that the page with the refusal shows it.

    Nothing is returned of a form with a photo, whose body may not have been read, and of another
    site's form, which would put its own text on our page.
    """
    if request.mimetype != "application/x-www-form-urlencoded":
        return ""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return ""
    typed = [request.form.get(name) for name in ("words", "why", "nickname")]
    return clean_line(next(filter(None, typed), ""))[:MAX_LENGTH]
