"""Who may import whom: the rooms of the house, as README tells them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STANDARD = sys.stdlib_module_names
OURS = {"app", "auth", "config", "models", "pages", "sandbox", "web"}

# A room, and what it may import beside the standard library.
ROOMS = {
    "models.py": {"sqlalchemy", "flask_sqlalchemy", "flask_login"},
    "config.py": set(),
    "pages.py": {
        "flask",
        "flask_login",
        "sqlalchemy",
        "models",
        "auth.next_url",
        "auth.nicknames",
        "web.language",
    },
    "auth/kakao/client.py": {"authlib", "requests", "flask", "auth.kakao"},
    "auth/kakao/transport.py": {"requests", "urllib3", "auth.kakao.errors"},
    "auth/kakao/tokens.py": {"joserfc", "auth.kakao"},
    "auth/kakao/probes.py": {"requests", "flask", "auth.kakao"},
    "auth/kakao/profile.py": set(),
    "auth/kakao/errors.py": set(),
    "auth/nicknames.py": {"regex", "confusable_homoglyphs"},
    "auth/suggestions.py": {"regex", "auth.nicknames"},
    "auth/signup.py": {"flask", "sqlalchemy", "models", "auth.nicknames", "auth.kakao", "web.logs"},
    "auth/renaming.py": {"sqlalchemy", "models", "auth.nicknames", "auth.signup"},
    "auth/commands.py": {"alembic", "click", "flask", "sqlalchemy", "models", "auth"},
    "auth/devices.py": set(),
    "auth/exporting.py": {"sqlalchemy", "models"},
    "auth/leaving.py": {"flask", "sqlalchemy", "models", "auth.kakao", "web.logs"},
    "auth/notices.py": {"flask", "auth", "web.logs"},
    "auth/account_events.py": {"sqlalchemy", "models", "auth", "web.logs"},
    "auth/account.py": {"flask", "flask_login", "models", "auth", "web.limits", "web.logs"},
    "auth/sessions.py": {"sqlalchemy", "models", "flask", "flask_login", "auth.devices"},
    "auth/waiting.py": {"flask", "auth.kakao", "auth.nicknames"},
    "auth/next_url.py": set(),
    "auth/forms.py": {"flask_babel", "flask_wtf", "wtforms", "auth.nicknames"},
    "auth/views.py": {
        "flask",
        "flask_babel",
        "flask_login",
        "werkzeug",
        "auth",
        "web.limits",
        "web.logs",
    },
    "web/": {
        "babel",
        "flask",
        "flask_babel",
        "flask_limiter",
        "flask_login",
        "flask_wtf",
        "sqlalchemy",
        "werkzeug",
        "web",
    },
    "sandbox/": {"flask", "werkzeug", "joserfc", "markupsafe", "requests", "sandbox"},
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


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_whom_it_may_know(room):
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
    assert files

    strangers = {
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files
        for module in imports(file)
        if not is_allowed(module, ROOMS[room])
    }
    assert not strangers


def test_nobody_imports_the_app():
    files = [file for file in ROOT.glob("*.py")] + [
        file for room in ("auth", "web", "sandbox") for file in (ROOT / room).rglob("*.py")
    ]
    assert not [file for file in files if {"app", "app.create_app"} & set(imports(file))]


def test_a_web_server_does_not_load_what_only_the_command_line_needs():
    program = "import sys, app; app.create_app({}); sys.exit('alembic' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
