"""The same environment on every machine, for the tests and for all programs that they start."""

import os
import sys
import tempfile
import time
from pathlib import Path

FONTS = Path(__file__).parent / "fonts/fonts.conf"
# Of the machine's own variables only these remain: where programs are, and options of the tests.
KEPT = {
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "TERM", "COLUMNS"),
    *("LD_LIBRARY_PATH", "VIRTUAL_ENV", "JAVA_HOME", "XDG_RUNTIME_DIR"),
    *("CASES", "CI", "TEST_DATABASE_URL", "BROWSER_PATH", "FUZZ_EXAMPLES", "MUTANT_UNDER_TEST"),
}
KEPT_PREFIXES = (
    *("ASDF_", "CONDA_", "COV_", "COVERAGE_", "DOCKER_", "DYLD_", "HOMEBREW_", "MISE_", "NIX_"),
    *("PG", "PYENV_", "PYTEST_"),
)
SET = {
    "LC_ALL": "C.UTF-8",
    # No place where a day, an hour or a date could be right by accident. POSIX names zones without
    # a database of them: three and a half hours behind UTC.
    "TZ": "<-0330>3:30",
    "PYTHONUTF8": "1",
    # A developer's .env is not for the tests; neither Flask nor the site reads it.
    "FLASK_SKIP_DOTENV": "1",
    "PYTHON_DOTENV_DISABLED": "1",
    # In these fonts the tests measure layouts, in Chromium, Firefox and WebKit.
    "FONTCONFIG_FILE": str(FONTS),
}

temporary_home = tempfile.TemporaryDirectory(prefix="neonejip-home-")


def isolate() -> None:
    """Drop what the machine, its user or its shell have set, such as settings of the site.

    A proxy would receive requests for localhost, JAVA_TOOL_OPTIONS makes Java print a line, and
    so on: no list of such variables is complete, so there is a list of the others.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith(KEPT_PREFIXES)
    }
    os.environ.clear()
    os.environ.update(kept | SET)
    home = os.environ.get("HOME")
    if not (home and os.access(home, os.W_OK)):  # browsers need one
        os.environ["HOME"] = temporary_home.name
    # In containers PYTHONDONTWRITEBYTECODE is common; each run would compile all tests anew.
    sys.dont_write_bytecode = False
    time.tzset()
    os.umask(0o022)
