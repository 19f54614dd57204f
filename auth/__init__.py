"""Everything between the button and the session."""

from flask import Flask
from flask_wtf import CSRFProtect

from . import (
    account,
    commands,
    expired_forms,
    export,
    extensions,
    failures,
    news,
    sessions,
    views,
    webhooks,
)


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """Set up Kakao, the login manager, the blueprints and the commands."""
    extensions.kakao.init_app(app)
    app.view_functions["flask_kakao.app_request"] = views.app_request
    sessions.login_manager.init_app(app)
    export.init_app(app)
    app.jinja_env.globals["has_news"] = news.has_news
    for module in (views, account, failures, expired_forms, webhooks):
        app.register_blueprint(module.bp)
    csrf.exempt(webhooks.bp)  # Kakao sends a key or a signature instead
    app.cli.add_command(commands.kakao_group)
    app.cli.add_command(commands.sessions_group)
