"""Find the characters that show nothing, by drawing every assigned one in Chromium.

    python -m tests.draw_characters > auth/nicknames/wordlists/blank.txt

The list is data of auth/nicknames/spelling.py; make it anew when Unicode or Noto is newer. This
needs Chromium and the packages fonts-noto and fonts-noto-cjk, and takes some minutes. Controls,
format characters, ignorable ones and spaces are not drawn: spelling.py drops these by property.
A character that no font has is drawn as a box, and so counts as visible.
"""

import shutil
import unicodedata
from importlib.metadata import version

import regex
from playwright.sync_api import Page, sync_playwright

HEADER = """\
# Characters that draw no ink, although no property of Unicode says so: drawn with the Noto fonts
# of Debian in Chromium {chromium}: letters and signs alone, marks after three others. Which
# characters are assigned says the package regex {regex}.
# Made by: python -m tests.draw_characters > auth/nicknames/wordlists/blank.txt
"""
BLANK_BY_NAME = """\

# No font of Noto has these; their names in UnicodeData.txt say that they are blank.
13441  EGYPTIAN HIEROGLYPH FULL BLANK
13442  EGYPTIAN HIEROGLYPH HALF BLANK
16FE4  KHITAN SMALL SCRIPT FILLER"""
DROPPED_BY_PROPERTY = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Cf}\p{Default_Ignorable_Code_Point}\s]"
)
MARK = regex.compile(r"\p{M}")
BASES = ("\u25cc", "x", "\u3147")  # a mark may join one of these, or bring a dotted circle
BATCH_SIZE = 500

# Draws each text and returns what of it can be seen: the pixels that are not white.
DRAW = """texts => {
  const canvas = new OffscreenCanvas(160, 120)
  const pen = canvas.getContext("2d", { willReadFrequently: true })
  return texts.map(text => {
    pen.fillStyle = "white"
    pen.fillRect(0, 0, 160, 120)
    pen.fillStyle = "black"
    pen.font = "32px 'Noto Sans', 'Noto Sans CJK KR', 'Noto Sans Symbols', 'Noto Sans Symbols 2'"
    pen.fillText(text, 60, 70)
    const pixels = new Uint32Array(pen.getImageData(0, 0, 160, 120).data.buffer)
    return pixels.reduce((sum, pixel, place) =>
      pixel === 0xffffffff ? sum : (sum * 31 + place + pixel) >>> 0, 0)
  })
}"""


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        blank = find_blank(browser.new_page())
        versions = {"chromium": browser.version, "regex": version("regex")}
        print(HEADER.format(**versions), end="")
    for character in blank:
        print(f"{ord(character):04X}  {unicodedata.name(character)}")
    print(BLANK_BY_NAME)


def find_blank(page: Page) -> list[str]:
    """Return the characters that leave the same picture as if they were not there."""
    assigned = [chr(code) for code in range(0x110000) if code not in range(0xD800, 0xE000)]
    assigned = [character for character in assigned if not DROPPED_BY_PROPERTY.match(character)]
    without = dict(zip(("", *BASES), page.evaluate(DRAW, ["", *BASES]), strict=True))
    blank = []
    for start in range(0, len(assigned), BATCH_SIZE):
        batch = assigned[start : start + BATCH_SIZE]
        bases = {character: BASES if MARK.match(character) else ("",) for character in batch}
        texts = [base + character for character in batch for base in bases[character]]
        drawn = dict(zip(texts, page.evaluate(DRAW, texts), strict=True))
        blank += [
            character
            for character in batch
            if any(drawn[base + character] == without[base] for base in bases[character])
        ]
    return blank


if __name__ == "__main__":
    main()
