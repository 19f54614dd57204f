"""The extension: Kakao, which a site sets up once and then calls."""

import logging

from flask import Flask

from . import api, client, settings
from .button import kakao_button, show_failure
from .doctor import kakao_group
from .errors import UnhandledError
from .state import create_state
from .views import bp


class Kakao:
    """Sign-in with Kakao for a Flask app, or several.

    :param app: the app, if it exists already; otherwise call init_app later.
    :param login: endpoint of the view that calls redirect_to_consent, such as "auth.login".
    :param callback: endpoint of the view that calls handle_callback; its URL is the redirect URI
        that is registered in the Kakao console.
    """

    def __init__(
        self, app: Flask | None = None, *, login: str = "login", callback: str = "callback"
    ) -> None:
        self.login, self.callback = login, callback
        if app is not None:
            self.init_app(app)

    def init_app(
        self, app: Flask, *, login: str | None = None, callback: str | None = None
    ) -> None:
        """Set up an app, whose settings are in app.config.

        :param login, callback: as above, for an app whose endpoints have other names.
        :raises ValueError: if settings are missing or wrong; one line that names each of them.
        """
        settings.complete(app.config)
        app.extensions["kakao"] = create_state(app, login or self.login, callback or self.callback)
        app.register_blueprint(bp)
        app.register_error_handler(UnhandledError, show_failure)
        app.cli.commands.setdefault("kakao", kakao_group)  # unless the site has its own
        app.jinja_env.globals["kakao_button"] = kakao_button
        # Authlib logs each code_verifier at DEBUG.
        logging.getLogger("authlib").setLevel(logging.INFO)

    redirect_to_consent = staticmethod(client.redirect_to_consent)
    handle_callback = staticmethod(client.handle_callback)
    unlink = staticmethod(api.unlink)
    is_linked = staticmethod(api.is_linked)
    log_out = staticmethod(api.log_out)
    logout_url = staticmethod(client.logout_url)
    verify_account_event = staticmethod(client.verify_account_event)
