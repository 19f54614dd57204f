"""Everything between the click and the session."""

from flask import Flask
from flask_wtf import CSRFProtect

from . import account, commands, kakao, notices, sessions, views


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    kakao.init_app(app)
    sessions.login_manager.init_app(app)
    app.register_blueprint(views.bp)
    app.register_blueprint(account.bp)
    app.register_blueprint(notices.bp)
    csrf.exempt(notices.bp)  # Kakao shows a key instead
    app.cli.add_command(commands.kakao_group)
    app.cli.add_command(commands.sessions_group)
