"""Decode, scale and re-encode photos, dropping all metadata: bytes in, renditions out (pure)."""

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import containers
from .containers import Container

MAX_MEGABYTES = 10
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024
# By libvips loader. What phones call 50 megapixels is up to 8192x6144 pixels. Formats that are
# decoded as a whole take up to 480 MB for them, and AVIF would take half as much again.
MAX_PIXELS = {"jpeg": 51_000_000, "png": 51_000_000, "webp": 51_000_000, "heif": 25_000_000}
MIN_SIDE = 200  # pixels
MAX_RATIO = 10  # of the longer side to the shorter one; a phone's panorama has 5

# Pixels; the last is the widest that a photo ever is. A phone of 390 points shows a photo with 1053
# pixels, at three per point.
WIDTHS = (400, 800, 1200, 1600)
FORMER_WIDTHS = (400, 800, 1600)  # pixels; of photos from before the thumbnails
MAX_HEIGHT = 2400  # pixels
# Pixels; the sides of a photo's thumbnails. A column on a phone has 340 pixels at two pixels per
# point, 510 at three, and 720 when the phone is held sideways.
SQUARES = (360, 540, 720)
SHARED = (1200, 630)  # pixels; what messengers show of a link
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

    :ivar width: the width of the widest rendition, in pixels; `height` is the height of the same.
    :ivar square_side: the side of the largest thumbnail, in pixels.
    :ivar colours: the placeholder: average colours of the four quarters (`ffeedd`), row by row.
    :ivar files: contents by file name, such as `800.webp`, `square-360.webp` or `share.jpg`.
    """

    width: int
    height: int
    square_side: int
    colours: str
    files: dict[str, bytes]


def widths(width: int, square_side: int | None) -> list[int]:
    """Return the widths of a photo's renditions.

    :param width: of its widest rendition, in pixels.
    :param square_side: of its largest thumbnail, in pixels; None: it has none yet.
    """
    usual = WIDTHS if square_side else FORMER_WIDTHS
    return [narrower for narrower in usual if narrower < width] + [width]


def square_sides(side: int) -> list[int]:
    """Return the sides of a photo's thumbnails, from the side of its largest."""
    return [smaller for smaller in SQUARES if smaller < side] + [side]


def file_names(width: int, square_side: int | None) -> list[str]:
    """Return the names of a photo's files; the parameters are those of `widths`."""
    names = [str(each) for each in widths(width, square_side)]
    if square_side:
        names += [f"square-{side}" for side in square_sides(square_side)]
    files = [f"{name}.{extension}" for name in names for extension in MEDIA_TYPES]
    return [*files, "share.jpg"] if square_side else files


def convert(content: bytes) -> Renditions:
    """Turn an upload into renditions that are safe to show; web servers leave that to decoder.py.

    Orientation is applied, colours become sRGB, and transparency becomes white, as in a browser.
    No metadata is left: the metadata of a home's photo often says where the home is.

    :raises InvalidPhotoError: if it cannot be used; its message is shown to the user.
    """
    if len(content) > MAX_BYTES:
        raise too_large()
    kind = detect_kind(content)
    vips = load_vips()
    try:
        container = containers.read(kind, content)
        if container.is_animated:
            raise animated()
        if container.colour_space and container.colour_space.is_hdr:
            raise hdr()
        return make_renditions(decode(open_image(kind, content, container), container))
    except MemoryError as error:
        raise too_costly() from error
    except containers.DamagedError as error:
        raise damaged() from error
    except UnicodeDecodeError as error:
        # The message of libvips quotes bytes of the file. pyvips would decode it again next time.
        vips.vips_lib.vips_error_clear()
        raise damaged() from error
    except vips.Error as error:
        # libvips has one class for everything that goes wrong.
        if re.search("out of memory|allocat", str(error), re.IGNORECASE):
            raise too_costly() from error
        raise damaged() from error


def damaged() -> InvalidPhotoError:
    """Return the error for a file that ends too early or contradicts itself."""
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
    """Return the loader of libvips for a file: jpeg, png, webp or heif (for AVIF).

    The content decides; a file's name and the browser's Content-Type may be anything.

    :raises InvalidPhotoError: if no loader reads such files.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(containers.PNG_SIGNATURE):
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp":
        brands = content[8 : int.from_bytes(content[:4])]
        if b"avif" in brands or b"avis" in brands:
            return "heif"
        if any(brand in brands for brand in HEIF_BRANDS):
            raise InvalidPhotoError(
                "HEIC 사진은 아직 읽지 못해요. 아이폰은 설정 > 카메라 > 포맷에서 ‘높은 호환성’을"
                " 고르고, 갤럭시는 카메라 설정 > 고급 사진 옵션에서 ‘고효율 사진’을 끄고 다시 찍어"
                " 주세요. 사진을 화면 캡처해서 올려도 돼요."
            )
    if content.startswith((b"GIF87a", b"GIF89a")):
        raise InvalidPhotoError("GIF는 걸 수 없어요. JPEG, PNG, WebP, AVIF 사진을 골라 주세요.")
    raise InvalidPhotoError("걸 수 없는 파일이에요. JPEG, PNG, WebP, AVIF 사진을 골라 주세요.")


def animated() -> InvalidPhotoError:
    """Return the error for several pictures in one file."""
    return InvalidPhotoError("움직이는 사진은 걸 수 없어요. 움직이지 않는 사진을 골라 주세요.")


def hdr() -> InvalidPhotoError:
    """Return the error for a picture whose colours are brighter than white."""
    return InvalidPhotoError(
        "HDR 사진은 아직 걸 수 없어요. JPEG로 저장하거나 화면을 캡처해서 올려 주세요."
    )


def load_vips() -> Any:
    """Import libvips, which no web server does: it decodes what strangers send."""
    import pyvips

    # https://www.libvips.org/API/current/developer-checklist.html
    pyvips.block_untrusted_set(True)
    pyvips.concurrency_set(1)  # threads per picture: the other cores answer requests
    pyvips.cache_set_max(0)  # no picture comes twice, and none should stay in memory
    return pyvips


def open_image(kind: str, content: bytes, container: Container) -> Any:
    """Return the picture that a browser would show, with only its header read.

    libvips decodes it when its pixels are needed, at a part of its size if that is enough.

    :raises InvalidPhotoError: if it is too small, too large or too narrow.
    """
    load = partial(
        getattr(load_vips().Image, f"{kind}load_buffer"),
        content + container.missing_end,
        access="sequential",
        # A JPEG may lack the marker at its end, and nothing else.
        fail_on="warning" if container.missing_end else "error",
    )
    image = load()
    if image.get_typeof("heif-primary") and image.get("heif-primary"):
        load = partial(load, page=image.get("heif-primary"))
        image = load()
    check_dimensions(kind, image)
    options = reduction(kind, image)
    return load(**options) if options else image


def check_dimensions(kind: str, image: Any) -> None:
    """Check the size that the header gives, before anything is decoded.

    :raises InvalidPhotoError: if it is too small, too large or too narrow.
    """
    shorter, longer = sorted((image.width, image.height))
    if shorter < MIN_SIDE:
        raise InvalidPhotoError(
            "사진이 너무 작아요. 가로와 세로가 모두 %(pixels)s픽셀 이상이어야 해요.",
            pixels=MIN_SIDE,
        )
    if longer > shorter * MAX_RATIO:
        raise InvalidPhotoError("사진이 너무 길쭉해요. 조금 잘라서 올려 주세요.")
    if image.width * image.height > MAX_PIXELS[kind]:
        raise too_many_pixels(kind)
    # The pages of a WebP are an animation. Those of an AVIF are pictures, and browsers show one.
    if kind == "webp" and image.get_typeof("n-pages") and image.get("n-pages") > 1:
        raise animated()


def too_many_pixels(kind: str) -> InvalidPhotoError:
    """Return the error for a picture of more than MAX_PIXELS."""
    if kind == "heif":
        return InvalidPhotoError(
            "화소가 너무 많아요. AVIF는 2,500만 화소까지 걸 수 있어요."
            " JPEG로 저장하거나 크기를 줄여서 올려 주세요."
        )
    return InvalidPhotoError(
        "화소가 너무 많아요. 5,100만 화소까지 걸 수 있어요. 크기를 줄여서 올려 주세요."
    )


def reduction(kind: str, image: Any) -> dict[str, float]:
    """Return the loader's option to decode a picture at a part of its size, which costs less.

    Twice the size that the renditions need keeps them sharp.
    """
    shorter, longer = sorted((image.width, image.height))
    part = 2 * max(max(WIDTHS[-1], MAX_HEIGHT) / longer, SQUARES[-1] / shorter)
    if kind == "webp" and part < 1:
        return {"scale": part}
    if kind == "jpeg" and part <= 1 / 2:  # one for 1 / 4 would exceed MAX_PIXELS
        return {"shrink": 2}
    return {}


def decode(image: Any, container: Container) -> Any:
    """Return the picture in memory: upright, in sRGB, opaque, as large as its renditions need."""
    image = image.copy()
    if image.get("vips-loader") == "webpload_buffer":
        image.remove("orientation")  # browsers do not turn a WebP
    image = correct_levels(image, container)
    width, height = bounds(image)
    image = image.thumbnail_image(width, height=height, size="down", fail_on="error")
    # Colours are converted after scaling: on the original, that takes half a second.
    if container.profile:
        image = image.copy()
        blob = load_vips().GValue.blob_type
        image.set_type(blob, "icc-profile-data", container.profile)
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True, input_profile="srgb")
    if image.hasalpha():
        image = image.flatten(background=255)
    return image.colourspace("srgb").cast("uchar").copy_memory()


def bounds(image: Any) -> tuple[int, int]:
    """Return the greatest width and height that a picture's renditions need, in pixels.

    The thumbnail of a panorama needs more pixels than its widest rendition has.
    """
    is_turned = image.get_typeof("orientation") and image.get("orientation") >= 5
    width, height = (image.height, image.width) if is_turned else (image.width, image.height)
    return (
        max(WIDTHS[-1], math.ceil(SQUARES[-1] * width / height)),
        max(MAX_HEIGHT, math.ceil(SQUARES[-1] * height / width)),
    )


def correct_levels(image: Any, container: Container) -> Any:
    """Return a picture with the levels that libvips expects; it does not convert these itself."""
    white = 255 if image.format == "uchar" else 65535
    if image.interpretation == "cmyk" and not image.get_typeof("icc-profile-data"):
        # As browsers do. libvips would take the numbers for the inks of a certain printer.
        inks = (white - image).cast("float")
        return (inks[0:3] * inks[3] / white).cast("uchar").copy(interpretation="srgb")
    if container.is_limited_grey:
        return ((image - white * 16 / 255) * (255 / 219)).cast(image.format)
    if container.is_premultiplied:
        alpha = image[image.bands - 1]
        return (image[0 : image.bands - 1] + (white - alpha)).cast(image.format)
    return image


def make_renditions(picture: Any) -> Renditions:
    """Return all renditions of a picture in memory."""
    widest = picture.thumbnail_image(WIDTHS[-1], height=MAX_HEIGHT, size="down")
    square_side = min(SQUARES[-1], picture.width, picture.height)
    files = {}
    for width in widths(widest.width, square_side):
        scaled = picture.thumbnail_image(width, height=MAX_HEIGHT, size="down")
        # With more effort, a WebP is a twentieth smaller and takes twice the time.
        files[f"{width}.webp"] = save_webp(scaled, 75, effort=2)
        files[f"{width}.jpg"] = save_jpeg(scaled, 80)
    # smartcrop looks for what draws the eye.
    for side in square_sides(square_side):
        square = picture.thumbnail_image(side, height=side, crop="attention")
        # Phones show several pixels per point, which hides the traces of compression.
        files[f"square-{side}.webp"] = save_webp(square, 50, effort=3)
        files[f"square-{side}.jpg"] = save_jpeg(square, 65)
    width, height = SHARED
    shared = picture.thumbnail_image(width, height=height, crop="attention")
    files["share.jpg"] = save_jpeg(shared, 80)
    quarters = picture.thumbnail_image(2, height=2, size="force").write_to_memory()
    colours = bytes(quarters).hex()
    return Renditions(widest.width, widest.height, square_side, colours, files)


def save_webp(image: Any, quality: int, effort: int) -> bytes:
    """Return a picture as a WebP."""
    return image.webpsave_buffer(Q=quality, effort=effort, keep="none")


def save_jpeg(image: Any, quality: int) -> bytes:
    """Return a picture as a JPEG."""
    return image.jpegsave_buffer(Q=quality, optimize_coding=True, interlace=True, keep="none")
