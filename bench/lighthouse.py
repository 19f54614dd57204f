"""python -m bench.lighthouse: what Lighthouse says of the home page and the nickname page.

The site runs under gunicorn with the settings of production, in front of the stand-in Kakao.
Browsers take http://localhost for a secure place, so no certificate is needed. The figures for
performance are those of a middling phone on a slow mobile network, as Lighthouse simulates them.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from config import SANDBOX_KEYS
from sandbox.people import PEOPLE
from tests.end_to_end.conftest import browser_path, serving, stand_in

LIGHTHOUSE = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
LOWEST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}


def main() -> int:
    """Print a line per page and what to mend; 1 if a page falls short."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder, stand_in() as kakao:
        settings = SANDBOX_KEYS | {"APP_ENV": "production"}
        database = f"sqlite:///{folder}/site.sqlite3"
        with serving(kakao, database, output=subprocess.DEVNULL, **settings) as site:
            failed += judge(f"{site}/")
            # No search engine may keep a page that only one person can see, so that
            # Lighthouse must not ask for it.
            failed += judge(
                f"{site}/auth/nickname",
                "--skip-audits=is-crawlable",
                f"--extra-headers={json.dumps({'Cookie': waiting_cookie(site)})}",
            )
    return 1 if failed else 0


def waiting_cookie(site: str) -> str:
    """The cookie of somebody whom Kakao knows without a nickname, on their way in."""
    start = requests.get(f"{site}/auth/kakao", allow_redirects=False, timeout=10)
    person = {"person": PEOPLE["nameless"].id}
    consent = requests.post(start.headers["Location"], person, allow_redirects=False, timeout=10)
    # By hand, as requests sends no Secure cookie to http://localhost.
    callback = requests.get(
        consent.headers["Location"],
        headers={"Cookie": cookie(start)},
        allow_redirects=False,
        timeout=10,
    )
    return cookie(callback)


def cookie(answer: requests.Response) -> str:
    return answer.headers["Set-Cookie"].partition(";")[0]


def judge(url: str, *options: str) -> int:
    """How many categories fall short on this page."""
    command = ["node", LIGHTHOUSE, url, "--quiet", "--output=json", *options]
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    env = os.environ | {"CHROME_PATH": browser_path() or ""}
    done = subprocess.run([*command, flags], stdout=subprocess.PIPE, env=env, check=True)  # noqa: S603
    report = json.loads(done.stdout)
    scores = {name: round(100 * report["categories"][name]["score"]) for name in LOWEST}
    print(report["finalDisplayedUrl"], *(f"{name} {score}" for name, score in scores.items()))
    short = [name for name, score in scores.items() if score < LOWEST[name]]
    for name in short:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if audit["score"] is not None and audit["score"] < 1:
                print(f"  {name}: {audit['title']} {audit.get('displayValue', '')}")
    return len(short)


if __name__ == "__main__":
    sys.exit(main())
