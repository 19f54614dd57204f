"""Order among neighbours: reports, hidden photos, suspended members; who did what, and why."""

from flask import Flask

from web import templates

from . import cases, commands, decisions, forms, member_lists, operator, outcomes, views


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
        "MEMBER_LISTS": member_lists.LISTS,
        "count_open_cases": cases.count,
        "unread_outcomes": outcomes.unread,
    }
    templates.add_parts(
        app,
        data="moderation/parts/data.html",
        me="moderation/parts/me.html",
        member="moderation/parts/member.html",
        notices="moderation/parts/notices.html",
        photo="moderation/parts/photo.html",
        photo_tools="moderation/parts/photo_tools.html",
    )
