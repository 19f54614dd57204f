"""Photo cards, cached: a page of photos has two dozen."""

from typing import NamedTuple

from flask import get_template_attribute

from models import Photo
from web.language import cached_by_language


class Card(NamedTuple):
    """All that a card shows of a photo.

    :ivar nickname: of its owner; None where the whole page is theirs.
    """

    id: int
    key: str
    words: str
    room: str
    width: int
    height: int
    square_side: int | None
    colours: str
    nickname: str | None
    footprint_count: int


def photo_card(photo: Photo, with_owner: bool, is_lazy: bool) -> str:
    """Return the card of a photo, rendered once per process.

    Without the cache, rendering cards takes a third of the home page's CPU time.

    :param is_lazy: whether browsers load the picture only when it comes in sight.
    """
    card = Card(
        photo.id,
        photo.key,
        photo.words,
        photo.room,
        photo.width,
        photo.height,
        photo.square_side,
        photo.colours,
        photo.member.nickname if with_owner else None,
        photo.footprint_count,
    )
    return render_card(card, is_lazy)


@cached_by_language  # the cached cards take two megabytes
def render_card(card: Card, is_lazy: bool) -> str:
    """Return the card as HTML, in the language of this request."""
    return get_template_attribute("macros/photos.html", "card")(card, is_lazy)
