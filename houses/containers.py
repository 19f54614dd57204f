"""What a picture's file says about the picture: animation, tiles, colour space.

libvips decodes the picture. This module reads what libvips does not report, and refuses tiles that
would cost libvips too much.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .colours import ColourSpace

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The kinds of items in an AVIF that are made of other items (ISO/IEC 23008-12, 6.6.2).
DERIVED = (b"grid", b"iovl", b"iden")

Properties = list[tuple[bytes, memoryview]]  # kind and content


class DamagedError(Exception):
    """A file that contradicts itself."""


@dataclass
class Container:
    """What a file says about its picture.

    :ivar is_animated: whether a browser would show several pictures, one after the other.
    :ivar missing_end: the bytes that libvips misses at the end of the file.
    :ivar colour_space: the colour space, if the file names it by numbers instead of a profile.
    :ivar profile: the ICC profile of that colour space.
    :ivar is_premultiplied: whether the colours have been multiplied by the alpha channel.
    :ivar is_limited_grey: whether the picture is grey, with 16 for black and 235 for white.
    """

    is_animated: bool = False
    missing_end: bytes = b""
    colour_space: ColourSpace | None = None
    profile: bytes = b""
    is_premultiplied: bool = False
    is_limited_grey: bool = False


def read(kind: str, content: bytes) -> Container:
    """Read a file.

    :param kind: as from renditions.detect_kind.
    :raises DamagedError: if it contradicts itself.
    """
    readers: dict[str, Callable[[bytes], Container]]
    readers = {"jpeg": read_jpeg, "png": read_png, "heif": read_avif}
    try:
        container = readers[kind](content) if kind in readers else Container()
        if container.colour_space:
            container.profile = container.colour_space.profile()
    except (struct.error, IndexError, KeyError, ArithmeticError) as error:
        # The file ends within a number, names a missing part, or has impossible colours.
        raise DamagedError from error
    return container


def read_jpeg(content: bytes) -> Container:
    """Add the marker at the end if it is missing; browsers do without it."""
    # Neither marker can be within the compressed data, where 0xFF is followed by 0 or a restart.
    if content.rfind(b"\xff\xd9") > content.rfind(b"\xff\xda"):
        return Container()
    return Container(missing_end=b"\xd9" if content.endswith(b"\xff") else b"\xff\xd9")


def read_png(content: bytes) -> Container:
    """Read the chunks (https://www.w3.org/TR/png-3/)."""
    chunks: dict[bytes, bytes] = {}
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if kind != b"IDAT":
            chunks.setdefault(kind, content[at + 8 : at + 8 + size])
        at += 12 + size
    # The first picture is in IDAT, as in every PNG; the others of an animation are in fdAT.
    return Container(is_animated=b"fdAT" in chunks, colour_space=png_colour_space(chunks))


def png_colour_space(chunks: dict[bytes, bytes]) -> ColourSpace | None:
    """Return the colour space of the chunks; cICP comes before iCCP, sRGB and gAMA (11.3.2)."""
    if b"cICP" in chunks:
        primaries, transfer = chunks[b"cICP"][:2]
        return ColourSpace.of_codes(primaries, transfer)
    if b"iCCP" in chunks or b"sRGB" in chunks or b"gAMA" not in chunks:
        return None
    gamma = struct.unpack(">I", chunks[b"gAMA"])[0] / 100_000
    if b"cHRM" not in chunks:
        return ColourSpace.of_gamma(gamma)
    numbers = [number / 100_000 for number in struct.unpack(">8I", chunks[b"cHRM"])]
    white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
    return ColourSpace.of_gamma(gamma, white, (red, green, blue))


def read_avif(content: bytes) -> Container:
    """Read the boxes (ISO/IEC 14496-12, 23008-12 and the AVIF specification).

    :raises DamagedError: if a picture has more tiles than cover it.
    """
    top = dict(boxes(memoryview(content)))
    brand = bytes(top[b"ftyp"][:4])  # decides whether browsers show the sequence or the picture
    if brand == b"avis" and max(sample_counts(top[b"moov"]), default=0) > 1:
        return Container(is_animated=True)
    meta = dict(boxes(top[b"meta"][4:]))
    kinds = item_kinds(meta[b"iinf"])
    references = item_references(meta[b"iref"]) if b"iref" in meta else {}
    properties = item_properties(meta[b"iprp"])
    for item, kind in kinds.items():
        if kind in DERIVED:
            sources = references.get((b"dimg", item), [])
            if any(kinds[source] in DERIVED for source in sources):
                raise DamagedError
            check_tiles(properties[item], [properties[source] for source in sources])
    (primary,) = struct.unpack_from(">H" if meta[b"pitm"][0] == 0 else ">I", meta[b"pitm"], 4)
    shown = [primary, *references.get((b"dimg", primary), [])]
    about = [pair for item in shown for pair in properties[item]]
    space, is_limited = avif_colour_space([each for kind, each in about if kind == b"colr"])
    is_grey = any(kind == b"av1C" and each[2] & 0x10 for kind, each in about)
    return Container(
        colour_space=space,
        is_premultiplied=(b"prem", primary) in references,
        # libheif expands the levels of coloured pictures, and not those of grey ones.
        is_limited_grey=is_limited and is_grey,
    )


def avif_colour_space(colours: list[memoryview]) -> tuple[ColourSpace | None, bool]:
    """Return the colour space in numbers, and whether black is 16 and white 235 (ITU-T H.273).

    :param colours: the contents of the boxes `colr`; a profile among them is preferred to numbers.
    """
    has_profile = any(bytes(each[:4]) in (b"prof", b"rICC") for each in colours)
    for each in colours:
        if bytes(each[:4]) == b"nclx":
            primaries, transfer, _, full_range = struct.unpack_from(">HHHB", each, 4)
            space = None if has_profile else ColourSpace.of_codes(primaries, transfer)
            return space, not full_range & 0x80
    return None, False


def boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the kind and the content of each box."""
    while len(content) >= 8:
        size, kind = struct.unpack_from(">I4s", content)
        start = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, 8)
            start = 16
        size = size or len(content)  # 0: up to the end
        if size < start:
            raise DamagedError
        yield kind, content[start:size]
        content = content[size:]


def sample_counts(content: memoryview) -> Iterator[int]:
    """Yield the number of pictures in each track of a sequence."""
    for kind, inner in boxes(content):
        if kind == b"stsz":
            yield struct.unpack_from(">I", inner, 8)[0]
        elif kind in (b"trak", b"mdia", b"minf", b"stbl"):
            yield from sample_counts(inner)


def item_kinds(content: memoryview) -> dict[int, bytes]:
    """Return the kind of each item, by its id (ItemInfoBox)."""
    kinds = {}
    for _, entry in boxes(content[6 if content[0] == 0 else 8 :]):
        number = ">H2x4s" if entry[0] == 2 else ">I2x4s"
        item, kind = struct.unpack_from(number, entry, 4)
        kinds[item] = kind
    return kinds


def item_references(content: memoryview) -> dict[tuple[bytes, int], list[int]]:
    """Return the ids to which an item refers, by the kind of reference and the item's id."""
    number = "H" if content[0] == 0 else "I"
    references = {}
    for kind, inner in boxes(content[4:]):
        item, count = struct.unpack_from(f">{number}H", inner)
        ids = struct.unpack_from(f">{count}{number}", inner, struct.calcsize(f">{number}H"))
        references[kind, item] = list(ids)
    return references


def item_properties(content: memoryview) -> dict[int, Properties]:
    """Return the properties of each item: their kinds and contents, by the item's id."""
    inner = dict(boxes(content))
    properties = list(boxes(inner[b"ipco"]))
    association = inner[b"ipma"]
    item_number, index_number = "I" if association[0] else "H", "H" if association[3] & 1 else "B"
    mask = 0x7FFF if index_number == "H" else 0x7F
    (count,) = struct.unpack_from(">I", association, 4)
    at, found = 8, {}
    for _ in range(count):
        item, number = struct.unpack_from(f">{item_number}B", association, at)
        at += struct.calcsize(f">{item_number}B")
        indices = struct.unpack_from(f">{number}{index_number}", association, at)
        at += struct.calcsize(f">{number}{index_number}")
        found[item] = [properties[(index & mask) - 1] for index in indices if index & mask]
    return found


def check_tiles(whole: Properties, tiles: list[Properties]) -> None:
    """Check that a picture has no more tiles than cover it (ISO/IEC 23000-22, 7.3.11.4.2).

    libheif decodes every tile. A file of 1 kB could name hundreds of tiles, each as large as the
    picture, that lie beside it.

    :raises DamagedError: if it has more tiles, or none.
    """
    width, height = size(whole)
    sizes = [size(tile) for tile in tiles]
    if not sizes or min(map(min, sizes)) < 1:
        raise DamagedError
    tile_width, tile_height = sizes[0]
    columns, rows = -(-width // tile_width), -(-height // tile_height)
    most = columns * rows * tile_width * tile_height
    if sum(tile_width * tile_height for tile_width, tile_height in sizes) > most:
        raise DamagedError


def size(properties: Properties) -> tuple[int, int]:
    """Return the width and the height of an item."""
    width, height = struct.unpack_from(">II", dict(properties)[b"ispe"], 4)
    return width, height
