"""python -m bench.lighthouse: run Lighthouse on all indexable pages, a house, a photo, a nickname.

The site runs under gunicorn with production settings, against the Kakao sandbox. Browsers treat
http://localhost as secure, so no certificate is needed. The performance score, the largest
contentful paint (LCP) and the bytes are for a phone of three pixels to the point with a CPU four
times as slow, on a network of 1.6 Mbit/s and 150 ms, as Lighthouse simulates it.
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
from auth import nicknames
from config import SANDBOX_KEYS
from database import db
from houses import photos
from houses.decoder import decoder
from models import Member
from sandbox.people import PEOPLE
from tests.end_to_end.conftest import browser_path, free_port, kakao_sandbox, serving
from tests.houses import pictures

LIGHTHOUSE = Path(__file__).parent / "node_modules/lighthouse/cli/index.js"
MIN_SCORES = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 3}
MEASURED = ("largest-contentful-paint", "total-byte-weight")
PHOTOS = 12
INDEXABLE = ("/", "/?room=study", "/terms", "/privacy")
# Members' pages must not be indexed, let alone a page that only one person can see.
NOT_INDEXABLE = ("/@가을", f"/photos/{PHOTOS}")


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
                add_photos()
            for language in ("ko", "en"):
                headers = {"Accept-Language": language}
                for path in INDEXABLE:
                    failed += audit(site + path, headers)
                for path in NOT_INDEXABLE:
                    failed += audit(site + quote(path), headers, "--skip-audits=is-crawlable")
                headers["Cookie"] = pending_signup_cookie(site)
                failed += audit(f"{site}/auth/nickname", headers, "--skip-audits=is-crawlable")
    return 1 if failed else 0


def add_photos() -> None:
    """Add a member with photos as full of detail as a phone's."""
    name = "가을"
    key, skeleton = nicknames.key(name), nicknames.skeleton(name)
    member = Member(kakao_id=1, nickname=name, nickname_key=key, nickname_skeleton=skeleton)
    db.session.add(member)
    db.session.commit()
    converted = decoder.convert(pictures.snapshot())
    for number in range(PHOTOS):
        photos.add(member, converted, "study", f"해 드는 창가 {number}", form_key=str(number))


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


def audit(url: str, headers: dict[str, str], *options: str) -> int:
    """Print the scores of a page, and return the number of categories below their minimum."""
    options += (f"--extra-headers={json.dumps(headers)}",)
    options += tuple(f"--screenEmulation.{name}={value}" for name, value in PHONE.items())
    command = ["node", str(LIGHTHOUSE), url, "--quiet", "--output=json", *options]
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    env = os.environ | {"CHROME_PATH": browser_path() or ""}
    result = subprocess.run([*command, flags], stdout=subprocess.PIPE, env=env, check=True)  # noqa: S603
    report = json.loads(result.stdout)
    scores = {name: round(100 * report["categories"][name]["score"]) for name in MIN_SCORES}
    paint, size = (report["audits"][name]["numericValue"] for name in MEASURED)
    print(report["finalDisplayedUrl"], headers["Accept-Language"], f"LCP {paint / 1000:.2f} s")
    print(f"  {size / 1000:.0f} kB", *(f"{name} {score}" for name, score in scores.items()))
    failing = [name for name, score in scores.items() if score < MIN_SCORES[name]]
    for name in failing:
        for reference in report["categories"][name]["auditRefs"]:
            finding = report["audits"][reference["id"]]
            if finding["score"] is not None and finding["score"] < 1:
                print(f"  {name}: {finding['title']} {finding.get('displayValue', '')}")
    return len(failing)


if __name__ == "__main__":
    sys.exit(main())
