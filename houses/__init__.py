"""Members' photos and the footprints on them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from flask_wtf import CSRFProtect


def init_app(app: "Flask", csrf: "CSRFProtect") -> None:
    """Register the pages, the commands, and what templates need."""
    # Imported here, since decoder_process.py is in this package, too, and must not load Flask.
    from auth import nicknames
    from web import templates

    from . import cards, commands, forms, photos, storage, views

    storage.init_app(app)
    photos.init_app(app)
    app.register_blueprint(views.bp)
    csrf.exempt(views.new_photo)  # the view checks the token itself, after raising the body limit
    app.cli.add_command(commands.photos_group)
    app.jinja_env.globals |= {
        "photo_card": cards.photo_card,
        "room_names": forms.room_names,
        "copula": nicknames.copula,
    }
    templates.add_parts(
        app,
        data="houses/parts/data.html",
        home="houses/parts/home.html",
        house="houses/parts/house.html",
        me="houses/parts/me.html",
        street="houses/parts/street.html",
        visitors_home="houses/parts/visitors_home.html",
    )
    cards.render_card.cache_clear()  # another app may have another PHOTOS_PUBLIC_URL
    if not app.config["PRODUCTION"]:
        app.before_request(cards.render_card.cache_clear)  # the template may have been edited
