"""The wheel of Flask-Kakao: what is in it, and a site that has installed it."""

import importlib.util
import os
import shutil
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

import auth.kakao

ROOT = Path(__file__).parents[3]
NAME = f"flask_kakao-{auth.kakao.__version__}-py3-none-any.whl"
INFO = f"flask_kakao-{auth.kakao.__version__}.dist-info"


def run(*command, cwd=ROOT, **environment):
    result = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def build(folder):
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if not importlib.util.find_spec("hatchling"):
        pytest.skip("hatchling is not installed: make .venv/installed-dev")
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder into which pip has installed the wheel, without its dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    run("-m", "pip", "install", "-q", "--no-index", "--no-deps", "-t", str(folder), str(wheel))
    return folder


def test_the_wheel_is_complete_and_holds_nothing_else(wheel):
    assert wheel.name == NAME
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = message_from_bytes(archive.read(f"{INFO}/METADATA"))
        entry_points = archive.read(f"{INFO}/entry_points.txt").decode()
        readme = (ROOT / "auth/kakao/README.md").read_text("utf-8")
        assert readme.strip() in archive.read(f"{INFO}/METADATA").decode()

    assert {name.split("/")[0] for name in names} == {"flask_kakao", INFO}
    for folder, package in [("auth/kakao", "flask_kakao"), ("sandbox", "flask_kakao/sandbox")]:
        files = [file for file in (ROOT / folder).rglob("*.*") if file.suffix != ".pyc"]
        paths = {f"{package}/{file.relative_to(ROOT / folder)}" for file in files if file.is_file()}
        assert paths <= names
    assert {"flask_kakao/py.typed", f"{INFO}/licenses/LICENSE"} <= names
    assert not [name for name in names if "__pycache__" in name]
    needed = {line.split(">")[0] for line in metadata.get_all("Requires-Dist")}
    assert needed == {"authlib", "flask", "joserfc", "requests"}
    assert metadata["Name"] == "Flask-Kakao"
    assert "flask_kakao = flask_kakao.sandbox.pytest_plugin" in entry_points


def test_the_wheel_has_the_same_bytes_twice(wheel, tmp_path):
    assert build(tmp_path).read_bytes() == wheel.read_bytes()


def test_nothing_is_built_that_git_sees():
    assert "dist/" in (ROOT / ".gitignore").read_text().splitlines()


def test_a_site_that_has_installed_the_wheel_passes_its_own_tests(installed, tmp_path):
    shutil.copy(ROOT / "tests/auth/kakao/host_site.py", tmp_path / "test_host_site.py")

    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_host_site.py")
    output = run(*command, cwd=tmp_path, PYTHONPATH=str(installed), PYTEST_ADDOPTS="")

    assert " passed" in output


def test_the_sandbox_is_a_program(installed, tmp_path):
    output = run("-m", "flask_kakao.sandbox", "--help", cwd=tmp_path, PYTHONPATH=str(installed))

    assert "python -m flask_kakao.sandbox" in output
    assert "--port" in output


TYPED_SITE = """
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_kakao import AccountEvent, Authorization, Kakao, KakaoError, KakaoProfile

app = Flask(__name__)
kakao = Kakao(app, login="login", callback="callback")


@app.get("/login/kakao")
def login() -> ResponseReturnValue:
    return kakao.redirect_to_consent(request.args.get("next"), prompt="login")


@app.get("/login/kakao/callback")
def callback() -> ResponseReturnValue:
    authorization: Authorization = kakao.handle_callback()
    profile: KakaoProfile = authorization.profile
    print(authorization.kakao_id + 1, (profile.nickname or "").upper())
    return redirect(authorization.next_url)


@app.errorhandler(KakaoError)
def failed(error: KakaoError) -> ResponseReturnValue:
    return error.failure.name, error.status


def event(body: bytes) -> AccountEvent:
    kakao.unlink(7)
    return kakao.verify_account_event(body)
"""


def test_the_package_and_a_typed_site_are_clean_under_mypy_strict(installed, tmp_path):
    (tmp_path / "typed_site.py").write_text(TYPED_SITE)

    command = ("-m", "mypy", "--strict", "-p", "flask_kakao", "-m", "typed_site")
    run(*command, cwd=tmp_path, MYPYPATH=f"{installed}:{tmp_path}")
