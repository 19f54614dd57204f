"""python -m bench.lighthouse: run Lighthouse on the street, a house, a photo, the nickname page.

The site runs under gunicorn with production settings, against the Kakao sandbox. Browsers treat
http://localhost as secure, so no certificate is needed. The performance score is for a mid-range
phone on a slow mobile network, as Lighthouse simulates it.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import requests

from app import create_app
from config import SANDBOX_KEYS
from houses import samples
from sandbox.people import PEOPLE
from tests.end_to_end.conftest import browser_path, free_port, kakao_sandbox, serving

LIGHTHOUSE = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
MIN_SCORES = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}


def main() -> int:
    """Print a line per page, and what to fix; return 1 if a page misses its minimum."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder, kakao_sandbox() as kakao:
        port = free_port()
        settings = SANDBOX_KEYS | {
            "APP_ENV": "production",
            "SITE_URL": f"http://localhost:{port}",
            "SECRET_KEY": secrets.token_urlsafe(32),
            "OPERATOR_NAME": "김이장",
            "OPERATOR_CONTACT": "privacy@home.example",
        }
        settings["PHOTOS_URL"] = (Path(folder) / "photos").as_uri()
        database = f"sqlite:///{folder}/site.sqlite3"
        with serving(kakao, database, output=subprocess.DEVNULL, port=port, **settings) as site:
            with create_app(settings | {"DATABASE_URL": database}).app_context():
                samples.add_sample_members()
            failed += audit(f"{site}/")
            # Members' pages must not be indexed, let alone a page that only one person can see.
            for path in ("/@가을", "/photos/9"):
                failed += audit(site + quote(path), "--skip-audits=is-crawlable")
            failed += audit(
                f"{site}/auth/nickname",
                "--skip-audits=is-crawlable",
                f"--extra-headers={json.dumps({'Cookie': pending_signup_cookie(site)})}",
            )
    return 1 if failed else 0


def pending_signup_cookie(site: str) -> str:
    """Return the cookies of someone without a Kakao nickname, halfway through signing up."""
    start = requests.get(f"{site}/auth/kakao", allow_redirects=False, timeout=10)
    person = {"person": PEOPLE["nameless"].id}
    consent = requests.post(start.headers["Location"], person, allow_redirects=False, timeout=10)
    # requests sends no Secure cookie to http://localhost, so the header is set here.
    callback = requests.get(
        consent.headers["Location"],
        headers={"Cookie": cookie(start)},
        allow_redirects=False,
        timeout=10,
    )
    return cookie(callback)


def cookie(response: requests.Response) -> str:
    """Return the Cookie header for the cookies that a response sets."""
    return "; ".join(it.partition(";")[0] for it in response.raw.headers.getlist("Set-Cookie"))


def audit(url: str, *options: str) -> int:
    """Print the scores of a page, and return the number of categories below their minimum."""
    command = ["node", str(LIGHTHOUSE), url, "--quiet", "--output=json", *options]
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    env = os.environ | {"CHROME_PATH": browser_path() or ""}
    result = subprocess.run([*command, flags], stdout=subprocess.PIPE, env=env, check=True)  # noqa: S603
    report = json.loads(result.stdout)
    scores = {name: round(100 * report["categories"][name]["score"]) for name in MIN_SCORES}
    print(report["finalDisplayedUrl"], *(f"{name} {score}" for name, score in scores.items()))
    failing = [name for name, score in scores.items() if score < MIN_SCORES[name]]
    for name in failing:
        for reference in report["categories"][name]["auditRefs"]:
            finding = report["audits"][reference["id"]]
            if finding["score"] is not None and finding["score"] < 1:
                print(f"  {name}: {finding['title']} {finding.get('displayValue', '')}")
    return len(failing)


if __name__ == "__main__":
    sys.exit(main())
