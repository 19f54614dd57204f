"""Everything between the click and the session."""

from flask import Flask

from . import account, commands, kakao, sessions, views


def init_app(app: Flask) -> None:
    kakao.init_app(app)
    sessions.login_manager.init_app(app)
    app.register_blueprint(views.bp)
    app.register_blueprint(account.bp)
    app.cli.add_command(commands.sessions_group)
