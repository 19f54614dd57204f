"""Members' photos: hang them, look at them, leave footprints, moderate."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from flask_wtf import CSRFProtect


def init_app(app: "Flask", csrf: "CSRFProtect") -> None:
    """Register the pages, the commands, and what templates need."""
    # Not above: decoder_process.py is in this package, too, and would load all of Flask.
    from web import templates

    from . import cards, commands, forms, photos, storage, views

    storage.init_app(app)
    photos.init_app(app)
    app.register_blueprint(views.bp)
    csrf.exempt(views.new_photo)  # it checks the token itself, once it lets a large body in
    app.cli.add_command(commands.photos_group)
    app.jinja_env.globals |= {"photo_card": cards.photo_card, "rooms": forms.rooms}
    templates.add_parts(
        app,
        data="houses/parts/data.html",
        home="houses/parts/home.html",
        house="houses/parts/house.html",
        me="houses/parts/me.html",
        visitors_home="houses/parts/visitors_home.html",
    )
    if not app.config["PRODUCTION"]:
        app.before_request(cards.render_card.cache_clear)  # the template may have been edited
