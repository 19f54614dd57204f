"""Decode, scale and re-encode photos, dropping all metadata: bytes in, renditions out (pure)."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

MAX_MEGABYTES = 10
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024
# By libvips loader. 50 megapixels take up to 480 MB if they must be decoded at once; of AVIF
# that would be half as much again.
MAX_PIXELS = {"jpeg": 50_000_000, "png": 50_000_000, "webp": 50_000_000, "heif": 25_000_000}
MIN_SIDE = 200  # pixels
MAX_RATIO = 10  # of the longer side to the shorter one; a phone's panorama has 5

WIDTHS = (400, 800, 1600)  # pixels; the last is the widest that a photo ever is
MAX_HEIGHT = 2400  # pixels
# By file extension. WebP is two thirds of a JPEG of the same quality; JPEG is for old browsers.
MEDIA_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class InvalidPhotoError(Exception):
    """A picture that cannot be used; the message is shown to the user.

    :ivar message: Korean, with placeholders; the page translates it.
    :ivar params: the values of the placeholders.
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params)
        self.message = message
        self.params = params


class TooCostlyError(InvalidPhotoError):
    """A picture that takes more time or memory than a photo needs."""


@dataclass(frozen=True)
class Renditions:
    """A photo, ready to be stored.

    :ivar width: of the widest rendition, in pixels; the height too.
    :ivar colours: average colours of its four quarters (`ffeedd`), row by row: the placeholder.
    :ivar files: by file name, such as `800.webp`.
    """

    width: int
    height: int
    colours: str
    files: dict[str, bytes]


def widths(width: int) -> list[int]:
    """Return the widths of a photo's renditions, from the width of its widest."""
    return [narrower for narrower in WIDTHS if narrower < width] + [width]


def convert(content: bytes) -> Renditions:
    """Turn an upload into renditions that are safe to show; web servers leave it to decoder.py.

    Orientation is applied, colours become sRGB, transparency becomes white. Nothing of the
    original is left: the metadata of a home's photo often says where that home is.

    :raises InvalidPhotoError: if it cannot be used; its message is shown to the user.
    """
    if len(content) > MAX_BYTES:
        raise too_large()
    kind = detect_kind(content)
    vips = load_vips()
    load = partial(
        getattr(vips.Image, f"{kind}load_buffer"), content, access="sequential", fail_on="error"
    )
    try:
        image = load()  # only the header: libvips decodes when pixels are needed
        check_dimensions(kind, image)
        if kind == "jpeg":
            image = load(shrink=jpeg_shrink(image))
        return make_renditions(decode(image))
    except vips.Error as error:
        # libvips has one class for everything that goes wrong.
        if re.search("out of memory|allocat", str(error), re.IGNORECASE):
            raise too_costly() from error
        raise damaged() from error


def damaged() -> InvalidPhotoError:
    """Return the error for a file that ends too early, or is not what it says."""
    return InvalidPhotoError(
        "사진 파일이 손상된 것 같아요. 다시 저장하거나 다른 사진을 골라 주세요."
    )


def too_costly() -> TooCostlyError:
    """Return the error for a picture that exceeds the limits of the process that decodes."""
    return TooCostlyError(
        "사진을 여는 데 시간이나 메모리가 너무 많이 들어요."
        " JPEG로 다시 저장하거나 크기를 줄여서 올려 주세요."
    )


def too_large() -> InvalidPhotoError:
    """Return the error for a file of too many bytes."""
    return InvalidPhotoError(
        "사진 용량이 너무 커요. %(megabytes)sMB까지 걸 수 있어요.", megabytes=MAX_MEGABYTES
    )


def detect_kind(content: bytes) -> str:
    """Return which of libvips' loaders is the right one: jpeg, png, webp or heif (for AVIF).

    The content decides; a file's name and the browser's Content-Type may be anything.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        # libvips would take the first picture of an animated PNG without saying so.
        if b"acTL" in content[: content.find(b"IDAT")]:
            raise animated()
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp":
        brands = content[8 : int.from_bytes(content[:4])]
        if b"avis" in brands:
            raise animated()
        if b"avif" in brands:
            return "heif"
        if any(brand in brands for brand in HEIF_BRANDS):
            raise InvalidPhotoError(
                "HEIC 사진은 아직 읽지 못해요. 아이폰이라면 설정 > 카메라 > 포맷에서"
                " ‘높은 호환성’으로 바꿔 찍거나, 사진을 화면 캡처해서 올려 주세요."
            )
    if content.startswith((b"GIF87a", b"GIF89a")):
        raise animated()
    raise InvalidPhotoError("사진이 아닌 것 같아요. JPEG, PNG, WebP, AVIF 사진을 골라 주세요.")


def animated() -> InvalidPhotoError:
    """Return the error for several pictures in one file."""
    return InvalidPhotoError("움직이는 그림은 걸 수 없어요. 멈춰 있는 사진을 골라 주세요.")


def load_vips() -> Any:
    """Import libvips, which no web server does: it decodes what strangers send."""
    import pyvips

    # https://www.libvips.org/API/current/developer-checklist.html
    pyvips.block_untrusted_set(True)
    pyvips.concurrency_set(1)  # threads per picture: the other cores answer requests
    pyvips.cache_set_max(0)  # no picture comes twice, and none should stay in memory
    return pyvips


def check_dimensions(kind: str, image: Any) -> None:
    """Check the size that the header gives, before anything is decoded.

    :raises InvalidPhotoError: if it is too small, too large or too narrow.
    """
    shorter, longer = sorted((image.width, image.height))
    if shorter < MIN_SIDE:
        raise InvalidPhotoError(
            "사진이 너무 작아요. 가로와 세로가 모두 %(pixels)s픽셀은 되어야 해요.", pixels=MIN_SIDE
        )
    if longer > shorter * MAX_RATIO:
        raise InvalidPhotoError("사진이 너무 길쭉해요. 조금 잘라서 올려 주세요.")
    if image.width * image.height > MAX_PIXELS[kind]:
        raise InvalidPhotoError(
            "사진이 너무 커요. %(megapixels)s00만 화소까지 걸 수 있어요.",
            megapixels=MAX_PIXELS[kind] // 1_000_000,
        )
    # Of a JPEG with several pictures (MPO, Ultra HDR, motion photo) only the first is read.
    if image.get_typeof("n-pages") and image.get("n-pages") > 1:
        raise animated()


def jpeg_shrink(image: Any) -> int:
    """Return 1, 2, 4 or 8: a JPEG is decoded at such a fraction of its size for less work."""
    needed = 2 * max(WIDTHS[-1], MAX_HEIGHT)  # twice the size that is needed keeps it sharp
    longer = max(image.width, image.height)
    return next((factor for factor in (8, 4, 2) if longer >= factor * needed), 1)


def decode(image: Any) -> Any:
    """Return the picture in memory: upright, in sRGB, opaque, as wide as its widest rendition."""
    image = image.thumbnail_image(WIDTHS[-1], height=MAX_HEIGHT, size="down", fail_on="error")
    if image.get_typeof("icc-profile-data"):
        # After scaling: on the original it takes half a second.
        image = image.icc_transform("srgb", embedded=True, input_profile="srgb")
    if image.hasalpha():
        image = image.flatten(background=255)
    image = image.colourspace("srgb").cast("uchar")
    return image.copy_memory()


def make_renditions(picture: Any) -> Renditions:
    """Return all renditions of a picture in memory."""
    files = {}
    for width in widths(picture.width):
        scaled = picture
        if width < picture.width:
            scaled = picture.thumbnail_image(width, height=MAX_HEIGHT, size="down")
        files[f"{width}.webp"] = scaled.webpsave_buffer(Q=75, effort=3, keep="none")
        files[f"{width}.jpg"] = scaled.jpegsave_buffer(
            Q=80, optimize_coding=True, interlace=True, keep="none"
        )
    quarters = picture.thumbnail_image(2, height=2, size="force").write_to_memory()
    return Renditions(picture.width, picture.height, bytes(quarters).hex(), files)
