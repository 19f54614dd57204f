"""python -m docs.screenshots: retake the pictures in docs/screenshots/, from the real site."""

import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app import create_app
from houses import samples
from tests.end_to_end.conftest import browser_path, kakao_sandbox, serving, settings_for

PICTURES = Path(__file__).parent / "screenshots"
WINDOWS = {  # width and height in CSS pixels, and device pixels for each of them
    "phone": ({"width": 375, "height": 667}, 2),
    "desktop": ({"width": 1280, "height": 800}, 1),
}
NEIGHBOURS = ("민수", "달빛 다락방", "🏡🌷", "텃밭가꾸는소라", "지은")


def main() -> None:
    """Add members with photos, then take each picture in both colour schemes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        kakao_sandbox() as kakao,
        sync_playwright() as playwright,
        ExitStack() as stack,
    ):
        database = f"sqlite:///{folder}/site.sqlite3"
        photos = {"PHOTOS_URL": (Path(folder) / "photos").as_uri()}
        server = serving(kakao, database, output=subprocess.DEVNULL, **photos)
        site = stack.enter_context(server)
        with create_app(settings_for(database, kakao) | photos).app_context():
            samples.add_sample_members()
        browser = playwright.chromium.launch(
            executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        for nickname in NEIGHBOURS:
            come_from_kakao(open_window(browser, site, "phone"), nickname)
        for name in WINDOWS:
            take_all(open_window(browser, site, name), name)
        browser.close()


def open_window(browser: Browser, site: str, name: str) -> Page:
    """Return a page of a browser of its own, as large as WINDOWS says."""
    size, pixels = WINDOWS[name]
    return browser.new_context(
        base_url=site,
        locale="ko-KR",
        viewport=size,
        device_scale_factor=pixels,
        reduced_motion="reduce",
    ).new_page()


def take_all(page: Page, window: str) -> None:
    """Take a picture of each page, from the visitor's home to the account page."""
    page.goto("/")
    take(page, f"home-{window}")
    page.goto("/@가을")
    take(page, f"house-{window}")
    come_from_kakao(page, "지은")
    take(page, f"nickname-{window}")
    page.locator('button[name="suggestion"]').first.click()
    page.goto("/me")
    take(page, f"account-{window}")


def come_from_kakao(page: Page, nickname: str) -> None:
    """Press the button, and sign in as a new Kakao user."""
    page.goto("/")
    page.locator(".kakao-button").click()
    page.locator("#nickname").fill(nickname)
    page.locator('button[name="new"]').click()


def take(page: Page, name: str) -> None:
    """Save a picture of the page in both colour schemes."""
    page.wait_for_load_state()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=PICTURES / f"{name}-{scheme}.png")
        print(f"docs/screenshots/{name}-{scheme}.png")


if __name__ == "__main__":
    main()
