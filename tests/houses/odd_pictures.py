"""Pictures that are rare and whole: a browser shows each of them still, and in full.

Those in files/ were made with Pillow 13 from pictures.picture(320, 240): libvips writes neither
4:2:2 nor a limited range nor a sequence. All are of that size.
"""

import functools
import struct
import zlib
from pathlib import Path

import pyvips

from tests.houses import avif, pictures

FILES = Path(__file__).parent / "files"
WIDTH, HEIGHT = 320, 240
AVIF = {"compression": "av1", "effort": 0, "subsample_mode": "off"}


def plain():
    """Colours of middling strength, which a wrong colour space or range would change."""
    bright = pictures.picture(WIDTH, HEIGHT)
    return (bright * 0.6 + 50).cast("uchar").copy(interpretation="srgb")


def deep():
    return (plain().cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")


def half_clear():
    return plain().bandjoin(128).copy(interpretation="srgb")


def turned(orientation):
    image = plain().copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return image


def png(*chunks, image=None, keep="none"):
    """A PNG with these chunks after its header."""
    content = (image or plain()).pngsave_buffer(keep=keep)
    return content[:33] + b"".join(chunks) + content[33:]


def gamma(number):
    return pictures.chunk(b"gAMA", struct.pack(">I", number))


def primaries_of_p3():
    numbers = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    return pictures.chunk(b"cHRM", struct.pack(">8I", *numbers))


def frame_control(number, width=WIDTH, height=HEIGHT):
    numbers = (number, width, height, 0, 0, 1, 10, 0, 0)
    return pictures.chunk(b"fcTL", struct.pack(">IIIIIHHBB", *numbers))


def animation_control(frames):
    return pictures.chunk(b"acTL", struct.pack(">II", frames, 0))


def animated_png(width=WIDTH, height=HEIGHT):
    """Two frames, and the second is in a chunk that other PNGs do not have."""
    first = frame_control(0, width, height)
    content = png(animation_control(2), first, image=pictures.picture(width, height))
    rows = zlib.compress((b"\0" + b"\xff" * 3 * width) * height)
    second = frame_control(1, width, height) + pictures.chunk(b"fdAT", struct.pack(">I", 2) + rows)
    return content[:-12] + second + content[-12:]


def webp_of_frames(number):
    """A WebP that could move (https://developers.google.com/speed/webp/docs/riff_container)."""

    def chunk(kind, content):
        return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)

    def three_bytes(value):
        return struct.pack("<I", value)[:3]

    size = three_bytes(WIDTH - 1) + three_bytes(HEIGHT - 1)
    picture = plain().webpsave_buffer(Q=90, keep="none")[12:]
    frame = chunk(b"ANMF", three_bytes(0) * 2 + size + three_bytes(100) + b"\0" + picture)
    parts = chunk(b"VP8X", b"\x02\0\0\0" + size) + chunk(b"ANIM", b"\xff" * 4 + b"\0\0")
    return chunk(b"RIFF", b"WEBP" + parts + frame * number)


def avif_of(image, *properties, **options):
    return avif.file({1: avif.coded(image, *properties, **options)})


@functools.cache
def tiled(*properties, width=WIDTH, height=HEIGHT, are_hidden=True, whole=1, of_tiles=()):
    """Four tiles; the picture may be a part of them.

    :param whole: the id of the picture; those of the tiles follow.
    :param of_tiles: properties of each tile.
    """
    corners = [(x, y) for y in (0, HEIGHT // 2) for x in (0, WIDTH // 2)]
    tiles = {
        number: avif.coded(plain().crop(x, y, WIDTH // 2, HEIGHT // 2), *of_tiles)
        for number, (x, y) in enumerate(corners, start=whole + 1)
    }
    for tile in tiles.values():
        tile.is_hidden = are_hidden
    picture = avif.grid(2, 2, width, height, list(tiles), *properties)
    return avif.file({whole: picture} | tiles, whole)


def two_pictures(primary):
    items = {1: avif.coded(plain()), 2: avif.coded(plain().rot180())}
    return avif.file(items, primary)


def box_of_long_length():
    """A box whose length has 64 bits; the usual 32 bits say 1 (ISO/IEC 14496-12, 4.2)."""
    return struct.pack(">I4sQ", 1, b"free", 24) + b"\0" * 8


def without_last_length():
    """The length 0 means that the last box goes on to the end of the file."""
    content = bytearray(avif_of(plain(), avif.colours(12, 13, 6, True)))
    at = content.index(b"mdat") - 4
    content[at : at + 4] = b"\0" * 4
    return bytes(content)


def p3_profile():
    return plain().icc_transform("p3", input_profile="srgb").get("icc-profile-data")


def sequence_of_one():
    """A sequence that ends after its first picture (ISO/IEC 14496-12, 8.6 and 8.7)."""
    content = bytearray(read("sequence.avif"))
    for table, number in ((b"stsz", 12), (b"stts", 12), (b"stsc", 16)):
        at = content.index(table) + number
        content[at : at + 4] = b"\0\0\0\1"
    return bytes(content)


def read(name):
    return (FILES / name).read_bytes()


# By name; made when it is needed.
STILL = {
    "jpeg 4:2:2": lambda: read("422.jpg"),
    "jpeg in grey": lambda: plain().colourspace("b-w").jpegsave_buffer(),
    "jpeg in cmyk without a profile": lambda: plain().colourspace("cmyk").jpegsave_buffer(keep=0),
    "jpeg in p3": lambda: plain().icc_transform("p3", input_profile="srgb").jpegsave_buffer(),
    "mpo": lambda: plain().jpegsave_buffer() + plain().rot180().jpegsave_buffer(),
    "ultra hdr": lambda: plain().colourspace("scrgb").uhdrsave_buffer(),
    "png of 16 bits": lambda: deep().pngsave_buffer(),
    "png in grey of 16 bits": lambda: deep().colourspace("grey16").pngsave_buffer(),
    "png with alpha": lambda: half_clear().pngsave_buffer(),
    "png with a colour that is clear": lambda: png(
        pictures.chunk(b"tRNS", struct.pack(">HHH", 182, 74, 74))
    ),
    "png of linear light": lambda: png(gamma(100_000)),
    "png with primaries": lambda: png(gamma(45_455), primaries_of_p3()),
    "png in p3 by numbers": lambda: png(pictures.chunk(b"cICP", bytes([12, 13, 0, 1]))),
    "png whose profile counts": lambda: png(
        gamma(100_000), image=plain().icc_transform("p3", input_profile="srgb"), keep="icc"
    ),
    "png whose srgb counts": lambda: png(pictures.chunk(b"sRGB", b"\0"), gamma(100_000)),
    "png turned": lambda: turned(6).pngsave_buffer(),
    "png without its end": lambda: png()[:-12],
    "png of one frame": lambda: png(animation_control(1), frame_control(0)),
    "webp of one frame": lambda: webp_of_frames(1),
    "webp with alpha": lambda: half_clear().webpsave_buffer(),
    "webp that says it is turned": lambda: turned(6).webpsave_buffer(),
    "avif 4:2:2 of limited range": lambda: read("422-limited.avif"),
    "avif in grey of limited range": lambda: read("grey-limited.avif"),
    "avif of full range": lambda: avif_of(plain(), avif.colours(1, 13, 6, True)),
    "avif of limited range": lambda: avif_of(plain(), avif.colours(1, 13, 6, False)),
    "avif of 10 bits": lambda: avif_of(deep(), bitdepth=10),
    "avif of 12 bits": lambda: avif_of(deep(), bitdepth=12),
    "avif in p3 by numbers": lambda: avif_of(plain(), avif.colours(12, 13, 6, True)),
    "avif in bt.2020": lambda: avif_of(plain(), avif.colours(9, 13, 9, True)),
    "avif of linear light": lambda: avif_of(plain(), avif.colours(1, 8, 6, True)),
    "avif in p3 by a profile": lambda: (
        plain().icc_transform("p3", input_profile="srgb").heifsave_buffer(**AVIF)
    ),
    "avif turned left": lambda: avif_of(plain(), avif.rotation(1)),
    "avif mirrored": lambda: avif_of(plain(), avif.mirror(1)),
    "avif turned and mirrored": lambda: avif_of(plain(), avif.rotation(3), avif.mirror(0)),
    "avif of tiles": tiled,
    "avif of tiles that are pictures": lambda: tiled(are_hidden=False),
    "avif of tiles, cropped": lambda: tiled(width=300, height=220),
    "avif of tiles, turned": lambda: tiled(avif.rotation(1)),
    "avif of tiles with long ids": lambda: tiled(avif.colours(12, 13, 6, True), whole=70_000),
    "avif of tiles that name their colours": lambda: tiled(
        of_tiles=(avif.colours(12, 13, 6, True),)
    ),
    "avif whose profile counts": lambda: avif_of(
        plain().icc_transform("p3", input_profile="srgb"),
        avif.colours(9, 13, 6, True),
        avif.box(b"colr", b"prof", p3_profile()),
    ),
    "avif with a box of long length": lambda: avif.file(
        {1: avif.coded(plain(), avif.colours(12, 13, 6, True))}, before=box_of_long_length()
    ),
    "avif without its last length": without_last_length,
    "avif of two pictures": lambda: two_pictures(1),
    "avif of two pictures, the second": lambda: two_pictures(2),
    "avif that could be a sequence": lambda: avif.file(
        {1: avif.coded(plain())}, brands=b"mif1\0\0\0\0mif1avifmiaf"
    ),
}

# The colours in the middle of their four quarters, row by row, as Chromium 156 shows them on white.
PLAIN = "b64a4a 4a4ab6 4a9e4a c2c2c2"  # all others
LOOKS = {
    "jpeg 4:2:2": "dc2829 2829dc 27b428 f0f0f0",
    "jpeg in grey": "6d6d6d 585858 8c8c8c c2c2c2",
    "jpeg in cmyk without a profile": "bd2b40 2f4eff 51ea1d bcbcbc",
    "ultra hdr": "993c3f 3d3d9b 418a42 a0a0a0",
    "png in grey of 16 bits": "6d6d6d 585858 8c8c8c c2c2c2",
    "png with alpha": "daa4a4 a4a4da a4cea4 e0e0e0",
    "png with a colour that is clear": "ffffff 4a4ab6 4a9e4a c2c2c2",
    "png of linear light": "dc9393 9393dc 93ce93 e2e2e2",
    "png with primaries": "c73e44 4949be 07a23b c3c3c3",
    "png in p3 by numbers": "c54046 4a4abd 14a03d c2c2c2",
    "png turned": "4a9e4a b64a4a c2c2c2 4a4ab6",
    "webp with alpha": "d9a4a4 a3a4d9 a4cea4 e0e0e0",
    "avif 4:2:2 of limited range": "db2928 2829d9 27b428 f0f0f0",
    "avif in grey of limited range": "5e5e5e 3d3d3d 7a7a7a f0f0f0",
    "avif of limited range": "bf4445 4344bd 45a445 cfcfcf",
    "avif in p3 by numbers": "c53f46 494abc 14a03d c2c2c2",
    "avif in bt.2020": "e12c43 2c51c3 009b37 c2c2c2",
    "avif of linear light": "dc9293 9293db 93ce93 e2e2e2",
    "avif turned left": "494ab5 c2c2c2 b6494a 4a9e4a",
    "avif mirrored": "494ab5 b6494a c2c2c2 4a9e4a",
    "avif turned and mirrored": "c2c2c2 494ab5 4a9e4a b6494a",
    "avif of tiles, turned": "494ab5 c2c2c2 b6494a 4a9e4a",
    "avif of tiles with long ids": "c53f46 494abc 14a03d c2c2c2",
    "avif of tiles that name their colours": "c53f46 494abc 14a03d c2c2c2",
    "avif with a box of long length": "c53f46 494abc 14a03d c2c2c2",
    "avif without its last length": "c53f46 494abc 14a03d c2c2c2",
    "avif of two pictures, the second": "c2c2c2 4a9e4a 494ab5 b6494a",
}
