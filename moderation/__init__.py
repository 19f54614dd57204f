"""Order among neighbours: reports, hidden photos, suspended members; who did what, and why."""

from flask import Flask

from web import templates

from . import commands, decisions, forms, operator, views


def init_app(app: Flask) -> None:
    """Register the pages, the commands, and what they add to pages of other packages."""
    app.register_blueprint(views.bp)
    app.register_blueprint(operator.bp)
    app.cli.add_command(commands.members_group)
    app.cli.add_command(commands.list_reports)
    app.jinja_env.globals |= {
        "AnswerForm": forms.AnswerForm,
        "REASONS": forms.REASONS,
        "ACTS": decisions.ACTS,
        "ORIGINS": decisions.ORIGINS,
    }
    templates.add_parts(
        app,
        data="moderation/parts/data.html",
        me="moderation/parts/me.html",
        member="moderation/parts/member.html",
        photo="moderation/parts/photo.html",
        photo_tools="moderation/parts/photo_tools.html",
    )
