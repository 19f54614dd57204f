"""AVIF files written box by box (ISO/IEC 23008-12), as no encoder at hand writes them."""

import struct
from dataclasses import dataclass, field

import pyvips


@dataclass
class Item:
    """A picture, or a recipe for one: its four-letter type, its bytes, and its properties."""

    kind: bytes
    content: bytes
    properties: list[bytes]
    sources: list[int] = field(default_factory=list)  # ids of the items that a grid consists of
    reference: bytes = b"dimg"
    is_hidden: bool = False


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", len(content) + 8) + kind + content


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def size(width: int, height: int) -> bytes:
    return full_box(b"ispe", struct.pack(">II", width, height))


def colours(primaries: int, transfer: int, matrix: int, is_full: bool) -> bytes:
    """The property nclx (ITU-T H.273)."""
    return box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, matrix, is_full << 7))


def rotation(quarters: int) -> bytes:
    """A turn by so many quarters, anticlockwise."""
    return box(b"irot", bytes([quarters]))


def mirror(axis: int) -> bytes:
    """Top and bottom change places (0), or left and right (1)."""
    return box(b"imir", bytes([axis]))


def coded(image: pyvips.Image, *properties: bytes, **options) -> Item:
    """A picture as AV1."""
    saved = image.heifsave_buffer(
        compression="av1", keep="none", **{"effort": 0, "subsample_mode": "off"} | options
    )
    at = saved.index(b"av1C")
    configuration = saved[at - 4 : at - 4 + int.from_bytes(saved[at - 4 : at])]
    content = saved[saved.index(b"mdat") + 4 :]
    pixels = full_box(b"pixi", bytes([image.bands] + [options.get("bitdepth", 8)] * image.bands))
    return Item(
        b"av01", content, [configuration, size(image.width, image.height), pixels, *properties]
    )


def grid(rows: int, columns: int, width: int, height: int, tiles: list[int], *properties) -> Item:
    """A picture of tiles, row by row."""
    recipe = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    return Item(b"grid", recipe, [size(width, height), *properties], tiles)


def file(
    items: dict[int, Item],
    primary: int = 1,
    brands: bytes = b"avif\0\0\0\0mif1avifmiaf",
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A file of these items, by id; the primary one is the picture that is shown.

    :param before: boxes before the one that lists the items; `after` is behind all boxes.
    """
    ftyp = box(b"ftyp", brands) + before
    length = len(meta(items, primary, 0))
    return (
        ftyp
        + meta(items, primary, len(ftyp) + length + 8)
        + box(b"mdat", *(item.content for item in items.values()))
        + after
    )


def meta(items: dict[int, Item], primary: int, offset: int) -> bytes:
    # Ids of more than 16 bits need the other version of each box that names them.
    is_long = max(items) > 0xFFFF
    number, version = ("I", 1) if is_long else ("H", 0)
    entries, places, associations, references, properties = [], [], [], [], []
    for item_id, item in items.items():
        entries.append(
            full_box(
                b"infe",
                struct.pack(f">{number}H", item_id, 0),
                item.kind,
                b"\0",
                version=2 + version,
                flags=item.is_hidden,
            )
        )
        construction = b"\0\0" if is_long else b""
        places.append(struct.pack(f">{number}", item_id) + construction)
        places.append(struct.pack(">HHII", 0, 1, offset, len(item.content)))
        offset += len(item.content)
        indices = []
        for content in item.properties:
            if content not in properties:
                properties.append(content)
            indices.append(properties.index(content) + 1)
        essential = [index | (0x8000 if is_long else 0x80) for index in indices]
        index = "H" if is_long else "B"
        associations.append(
            struct.pack(f">{number}B{len(indices)}{index}", item_id, len(indices), *essential)
        )
        if item.sources:
            sources = (len(item.sources), *item.sources)
            ids = struct.pack(f">{number}H{len(item.sources)}{number}", item_id, *sources)
            references.append(box(item.reference, ids))
    count = struct.pack(f">{number}", len(items))
    return full_box(
        b"meta",
        full_box(b"hdlr", b"\0\0\0\0pict", b"\0" * 13),
        full_box(b"pitm", struct.pack(f">{number}", primary), version=version),
        full_box(b"iloc", b"\x44\0", count, *places, version=2 * version),
        full_box(b"iinf", count, *entries, version=version),
        full_box(b"iref", *references, version=version) if references else b"",
        box(
            b"iprp",
            box(b"ipco", *properties),
            full_box(
                b"ipma",
                struct.pack(">I", len(items)),
                *associations,
                version=version,
                flags=version,
            ),
        ),
    )
