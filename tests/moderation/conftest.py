"""What the tests of moderation share: neighbours with houses, and commands."""

import pytest

from tests.houses.conftest import jieun, minsu, move_in, operator, visitor  # noqa: F401, fixtures


@pytest.fixture
def run(app):
    """Run a command: run("photos", "hide", "1", "--why", "…"); its output and exit code."""

    def run(*command):
        result = app.test_cli_runner().invoke(args=command)
        return result.output, result.exit_code

    return run


@pytest.fixture
def three(move_in):  # noqa: F811
    return [move_in(nickname) for nickname in ("가을", "바다", "소라")]
