"""The modules that each module may import."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STANDARD = sys.stdlib_module_names
OURS = {
    "app",
    "auth",
    "config",
    "database",
    "documents",
    "houses",
    "models",
    "moderation",
    "operations",
    "pages",
    "sandbox",
    "web",
}

# A file or folder, and what it may import beside the standard library.
ALLOWED_IMPORTS = {
    "models.py": {"sqlalchemy", "flask_login", "database"},
    "database/": {
        "click",
        "flask",
        "psycopg",
        "sqlalchemy",
        "flask_sqlalchemy",
        "config.ConfigError",
        "config.database_url",
        "database",
    },
    "config/": {"sqlalchemy", "auth.kakao.settings", "config", "documents"},
    "operations/chores.py": {"click", "sqlalchemy", "database", "models", "web.times"},
    "documents.py": {"jinja2"},
    "pages.py": {
        "flask",
        "flask_login",
        "jinja2",
        "sqlalchemy",
        "database",
        "documents",
        "auth.agreements",
        "auth.members",
        "auth.new_devices",
        "auth.next_url",
        "auth.nicknames",
        "auth.prefetch",
        "houses.forms",
        "houses.house_of_the_day",
        "houses.listings",
        "web.headers",
        "web.language",
        "web.limits",
        "web.templates",
    },
    "operations/metrics.py": {
        "operations.chores",
        "config",
        "flask",
        "prometheus_client",
        "sqlalchemy",
        "auth.kakao",
        "auth.signals",
        "database",
        "houses.signals",
        "models",
        "moderation.cases",
        "web.disks",
    },
    "operations/doctor.py": {
        "click",
        "flask",
        "redis",
        "requests",
        "auth.doctor",
        "auth.kakao",
        "operations.chores",
        "database",
        "houses.storage",
        "web.disks",
        "web.times",
    },
    "operations/stats.py": {"click", "flask", "sqlalchemy", "database", "models", "web.times"},
    "operations/recovery.py": {
        "click",
        "flask",
        "sqlalchemy",
        "auth.members",
        "database",
        "houses.listings",
        "houses.photos",
        "models",
        "moderation.decisions",
        "web.json_log",
    },
    "auth/expired_forms.py": {"flask", "flask_wtf", "auth", "web.errors", "web.logs"},
    "auth/failures.py": {
        "flask",
        "flask_babel",
        "flask_login",
        "werkzeug",
        "auth.kakao",
        "auth.next_url",
        "auth.signals",
        "web.errors",
        "web.language",
        "web.lines",
        "web.logs",
    },
    # As another site installs it: nothing of this one.
    "auth/kakao/": {
        "authlib",
        "blinker",
        "click",
        "flask",
        "itsdangerous",
        "joserfc",
        "markupsafe",
        "requests",
        "urllib3",
        "werkzeug",
        "auth.kakao",
    },
    "auth/kakao/authorization_request.py": {"flask", "itsdangerous", "auth.kakao.state"},
    "auth/kakao/signals.py": {"blinker"},
    "auth/kakao/transport.py": {"requests", "urllib3", "auth.kakao.errors", "auth.kakao.signals"},
    "auth/kakao/tokens.py": {"joserfc", "auth.kakao"},
    "auth/kakao/settings.py": {"flask"},
    "auth/kakao/profile.py": set(),
    "auth/kakao/errors.py": set(),
    "auth/kakao/messages.py": set(),
    "auth/extensions.py": {"auth.kakao"},
    "auth/nicknames/__init__.py": {"auth.nicknames"},
    "auth/nicknames/words.py": set(),
    "auth/nicknames/spelling.py": {"regex", "auth.nicknames.words"},
    "auth/nicknames/particles.py": {"regex", "auth.nicknames.spelling"},
    "auth/nicknames/lookalikes.py": {
        "regex",
        "confusable_homoglyphs",
        "auth.nicknames.spelling",
    },
    "auth/nicknames/reserved.py": {
        "regex",
        "auth.nicknames.lookalikes",
        "auth.nicknames.spelling",
        "auth.nicknames.words",
    },
    "auth/nicknames/contacts.py": {"regex"},
    "auth/nicknames/insults.py": {
        "regex",
        "auth.nicknames.lookalikes",
        "auth.nicknames.spelling",
        "auth.nicknames.words",
    },
    "auth/nicknames/rules.py": {
        "regex",
        "auth.nicknames.contacts",
        "auth.nicknames.insults",
        "auth.nicknames.particles",
        "auth.nicknames.reserved",
        "auth.nicknames.spelling",
    },
    "auth/nicknames/suggestions.py": {
        "regex",
        "auth.nicknames.contacts",
        "auth.nicknames.insults",
        "auth.nicknames.lookalikes",
        "auth.nicknames.particles",
        "auth.nicknames.reserved",
        "auth.nicknames.rules",
        "auth.nicknames.spelling",
        "auth.nicknames.words",
    },
    "auth/agreements.py": {
        "flask",
        "sqlalchemy",
        "documents",
        "database",
        "models",
        "web.times",
        "auth.statements",
    },
    "auth/bans.py": {
        "sqlalchemy",
        "database",
        "models",
        "auth.pseudonyms",
        "auth.sessions",
        "auth.statements",
    },
    "auth/pseudonyms.py": {"flask"},
    "auth/statements.py": {"sqlalchemy", "models"},
    "auth/members.py": {
        "sqlalchemy",
        "database",
        "models",
        "auth.kakao",
        "auth.nicknames",
        "auth.pseudonyms",
        "auth.statements",
    },
    "auth/signup.py": {
        "flask",
        "sqlalchemy",
        "documents",
        "database",
        "models",
        "auth.agreements",
        "auth.bans",
        "auth.departed_members",
        "auth.departed_nicknames",
        "auth.members",
        "auth.nicknames",
        "auth.pseudonyms",
        "auth.sessions.SuspendedMemberError",
        "auth.statements",
        "auth.kakao",
        "web.logs",
    },
    "auth/renaming.py": {
        "sqlalchemy",
        "database",
        "models",
        "auth.nicknames",
        "auth.signals",
        "auth.signup",
    },
    "auth/commands.py": {
        "click",
        "flask",
        "sqlalchemy",
        "operations.chores",
        "database",
        "models",
        "auth",
        "web.times",
    },
    "auth/doctor.py": {"alembic", "click", "flask", "sqlalchemy", "database", "auth"},
    "auth/devices.py": set(),
    "auth/export.py": {"flask", "sqlalchemy", "database", "models", "auth.signals"},
    "auth/signals.py": {"blinker"},
    "auth/deletion.py": {
        "flask",
        "sqlalchemy",
        "database",
        "models",
        "auth.bans",
        "auth.departed_members",
        "auth.departed_nicknames",
        "auth.extensions",
        "auth.failures",
        "auth.kakao",
        "auth.pending_signup",
        "auth.pseudonyms",
        "auth.signals",
        "web.logs",
    },
    "auth/webhooks.py": {"flask", "auth", "web.limits", "web.logs"},
    "auth/account_events.py": {"sqlalchemy", "database", "models", "auth", "web.logs"},
    "auth/account.py": {
        "flask",
        "flask_babel",
        "flask_login",
        "models",
        "auth",
        "web.errors",
        "web.limits",
        "web.logs",
    },
    "auth/sessions.py": {
        "sqlalchemy",
        "database",
        "models",
        "flask",
        "flask_login",
        "flask_wtf",
        "auth.devices",
        "auth.new_devices",
        "auth.pending_signup",
        "auth.statements",
        "web.addresses",
        "web.logs",
        "auth.signals",
    },
    "auth/new_devices.py": {"sqlalchemy", "database", "models", "auth.statements"},
    "auth/news.py": {"database", "models", "auth.agreements", "auth.new_devices"},
    "auth/pending_signup.py": {
        "flask",
        "sqlalchemy",
        "database",
        "models",
        "auth.kakao",
        "auth.nicknames",
        "auth.statements",
    },
    "auth/next_url.py": {"auth.kakao.next_url"},
    "auth/prefetch.py": {"flask", "auth.kakao.prefetch"},
    "auth/forms.py": {"flask_babel", "wtforms", "auth.nicknames", "web.forms"},
    "auth/views.py": {
        "flask",
        "flask_babel",
        "flask_login",
        "auth",
        "web.limits",
        "web.logs",
    },
    "houses/": {
        "operations.chores",
        "config",
        "blinker",
        "click",
        "database",
        "flask",
        "flask_babel",
        "flask_login",
        "flask_wtf",
        "itsdangerous",
        "obstore",
        "pyvips",
        "regex",
        "sqlalchemy",
        "werkzeug",
        "wtforms",
        "auth.nicknames",
        "auth.prefetch",
        "auth.signals",
        "houses",
        "models",
        "web",
    },
    "houses/colours.py": set(),
    "houses/containers.py": {"houses.colours"},
    "houses/decoder.py": {"flask", "houses.renditions"},
    "houses/decoder_process.py": {"houses.renditions"},
    "houses/renditions.py": {"pyvips", "houses.containers"},
    "houses/storage.py": {
        "flask",
        "obstore",
        "database",
        "houses.renditions",
        "houses.signals",
        "houses.storage_causes",
    },
    "houses/storage_causes.py": set(),
    "moderation/": {
        "click",
        "database",
        "flask",
        "flask_babel",
        "flask_login",
        "sqlalchemy",
        "wtforms",
        "auth.bans",
        "auth.kakao",
        "auth.pseudonyms",
        "auth.commands",
        "auth.deletion",
        "auth.export",
        "auth.members",
        "auth.nicknames",
        "auth.renaming",
        "auth.sessions",
        "auth.signals",
        "houses.commands",
        "houses.forms",
        "houses.daily_limits",
        "houses.listings",
        "houses.photos",
        "houses.signals",
        "houses.views.render_photo",
        "houses.visibility",
        "models",
        "moderation",
        "web",
    },
    "web/": {
        "babel",
        "flask",
        "flask_babel",
        "flask_limiter",
        "flask_login",
        "flask_wtf",
        "itsdangerous",
        "jinja2",
        "regex",
        "sqlalchemy",
        "werkzeug",
        "database",
        "web",
    },
    "sandbox/": {"flask", "joserfc", "pytest", "requests", "werkzeug", "sandbox"},
}


def imports(file):
    """What a file imports, as full names: `from auth import nicknames` is auth.nicknames."""
    package = list(file.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_allowed(module, allowed):
    top = module.split(".")[0]
    return top in STANDARD - OURS or any(
        module == name or module.startswith(name + ".") for name in allowed
    )


@pytest.mark.parametrize("module_path", ALLOWED_IMPORTS)
def test_a_module_imports_only_what_it_may(module_path):
    files = (
        [ROOT / module_path]
        if module_path.endswith(".py")
        else sorted((ROOT / module_path).rglob("*.py"))
    )
    assert files

    violations = {
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files
        for module in imports(file)
        if not is_allowed(module, ALLOWED_IMPORTS[module_path])
    }
    assert not violations


def test_views_neither_query_nor_commit():
    packages = ("auth", "houses", "moderation")
    modules = [file for package in packages for file in (ROOT / package).glob("*.py")]
    views = [module for module in modules if "Blueprint(" in module.read_text()]
    assert {"views.py", "account.py", "webhooks.py", "operator.py"} <= {file.name for file in views}

    imported = {f"{file.name}: {name}" for file in views for name in imports(file)}

    assert not [name for name in imported if re.search(": (database.db$|sqlalchemy)", name)]


def test_no_one_imports_the_app():
    files = [file for file in ROOT.glob("*.py")] + [
        file
        for module_path in (
            "auth",
            "config",
            "houses",
            "moderation",
            "operations",
            "web",
            "sandbox",
        )
        for file in (ROOT / module_path).rglob("*.py")
    ]
    assert not [file for file in files if {"app", "app.create_app"} & set(imports(file))]


@pytest.mark.parametrize("module", ["alembic", "prometheus_client", "psycopg"])
def test_a_web_server_does_not_load_what_it_does_not_need(module):
    """The command line needs the first, a setting asks for the second, SQLite is not the third."""
    program = f"import sys, app; app.create_app({{}}); sys.exit({module!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
