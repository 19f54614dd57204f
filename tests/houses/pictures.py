"""Pictures that the tests make themselves, as phones, cameras and attackers send them."""

import functools
import struct
import zlib

import pyvips

SEOUL = {"GPSLatitude": "37/1 33/1 58/1", "GPSLatitudeRef": "N"}


def picture(width: int = 640, height: int = 480):
    """A picture whose corners tell which way is up: red and blue, below them green and white."""
    right = pyvips.Image.xyz(width, height)[0] >= width / 2
    below = pyvips.Image.xyz(width, height)[1] >= height / 2
    top = right.ifthenelse([40, 40, 220], [220, 40, 40])
    bottom = right.ifthenelse([240, 240, 240], [40, 180, 40])
    return below.ifthenelse(bottom, top).cast("uchar").copy(interpretation="srgb")


@functools.cache
def snapshot(width: int = 4000, height: int = 3000) -> bytes:
    """A JPEG as full of detail as a phone's photo: light and shade, edges, a sensor's noise."""
    shade = pyvips.Image.perlin(width, height, cell_size=width // 4, uchar=True, seed=1)
    edges = pyvips.Image.worley(width, height, cell_size=width // 60, seed=2)
    noise = pyvips.Image.gaussnoise(width, height, sigma=4, mean=0, seed=3)
    red = shade * 0.6 + edges * 2 + noise
    picture = red.bandjoin([red * 0.85 + 20, red * 0.7 + 30]).cast("uchar")
    return picture.copy(interpretation="srgb").jpegsave_buffer(Q=90)


@functools.cache
def jpeg(width: int = 640, height: int = 480, **options) -> bytes:
    return picture(width, height).jpegsave_buffer(**options)


@functools.cache
def phone_jpeg(orientation: int = 1, width: int = 640, height: int = 480) -> bytes:
    """A JPEG as a phone takes it: with its orientation, where it was taken, and by what."""
    image = picture(width, height).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    for name, value in SEOUL.items():
        image.set_type(pyvips.GValue.gstr_type, f"exif-ifd3-{name}", value)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Make", "Telephone")
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta>37.566 Seoul</x:xmpmeta>")
    return image.jpegsave_buffer()


@functools.cache
def animated_webp() -> bytes:
    frames = picture().join(picture().invert(), "vertical").copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 480)
    return frames.webpsave_buffer()


def gif() -> bytes:
    return picture().gifsave_buffer()


def png_of_claimed_size(width: int, height: int) -> bytes:
    """A PNG whose header promises far more than follows: a decompression bomb."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def heic() -> bytes:
    """The beginning of what an iPhone sends when no one asks for a JPEG."""
    return struct.pack(">I", 24) + b"ftypheic\0\0\0\0heicmif1" + b"\0" * 5000
