"""Cuts the fonts in this folder out of larger ones: python subset.py FOLDER, with fonttools.

FOLDER has LiberationSans-{Regular,Bold}.ttf 2.1.5, DejaVuSans{,-Bold}.ttf 2.37,
NotoSansCJKkr-Regular.otf 2.004 and NotoColorEmoji.ttf 2.042. Their licences want a subset to have
another name: it gets one that says what the font is for.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

LATIN = [*range(0x20, 0x180), *map(ord, "‐‑–—‘’“”•…←↑→↓€")]
KS_X_1001 = [bytes([row, cell]) for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)]
HANGUL = [ord(syllable.decode("euc-kr")) for syllable in KS_X_1001]  # the 2,350 in everyday use
EMOJI = [*map(ord, "🏠🏡🌷👨👩👧👦"), 0x200D, 0xFE0F]
FONTS = {
    "narrow-regular.ttf": ("LiberationSans-Regular.ttf", LATIN, "Test Narrow", "Regular"),
    "narrow-bold.ttf": ("LiberationSans-Bold.ttf", LATIN, "Test Narrow", "Bold"),
    "wide-regular.ttf": ("DejaVuSans.ttf", LATIN, "Test Wide", "Regular"),
    "wide-bold.ttf": ("DejaVuSans-Bold.ttf", LATIN, "Test Wide", "Bold"),
    # Its bold letters are as wide, and browsers embolden these.
    "hangul.otf": ("NotoSansCJKkr-Regular.otf", HANGUL, "Test Hangul", "Regular"),
    "emoji.ttf": ("NotoColorEmoji.ttf", EMOJI, "Test Emoji", "Regular"),
}


def cut(source, characters, family, style):
    """Return the font with these characters alone, under this name."""
    options = subset.Options(hinting=False, layout_features=["kern", "ccmp", "liga"])
    options.name_IDs = [0, 13, 14]  # copyright and licence
    options.drop_tables += ["FFTM", "BASE", "VORG", "vhea", "vmtx", "MATH"]
    font = TTFont(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)

    full_name = f"{family} {style}"
    post_script_name = full_name.replace(" ", "-")
    for name_id, name in enumerate([family, style, full_name, full_name], start=1):
        font["name"].setName(name, name_id, 3, 1, 0x409)
    font["name"].setName(post_script_name, 6, 3, 1, 0x409)
    if "CFF " in font:
        outlines = font["CFF "].cff
        outlines.fontNames = [post_script_name]
        outlines.topDictIndex[0].FullName = full_name
        outlines.topDictIndex[0].FamilyName = family
    return font


if __name__ == "__main__":
    for target, (source, *rest) in FONTS.items():
        cut(Path(sys.argv[1]) / source, *rest).save(Path(__file__).parent / target)
