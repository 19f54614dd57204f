"""An uploaded picture becomes renditions without metadata, or is refused with a reason."""

from contextlib import suppress
from pathlib import Path

import pytest
import pyvips
from babel.support import Translations

from houses import renditions
from houses.renditions import InvalidPhotoError
from tests.houses import avif, odd_pictures, pictures

ENGLISH = Translations.load(Path(__file__).parents[2] / "translations", ["en"])
ICC = "icc-profile-data"
AVIF = {"compression": "av1", "effort": 0}
WIDTHS, SIDES = [400, 800, 1200, 1600], [360, 540, 720]
MOTION = b"\0\0\0\x18ftypmp42" + b"\0" * 3000  # the film behind the photo


def corners(image):
    """The colour near each corner, clockwise from the top left, as a word."""
    right, bottom = image.width - 20, image.height - 20
    points = [(20, 20), (right, 20), (right, bottom), (20, bottom)]
    return [name(image(x, y)) for x, y in points]


def name(pixel):
    red, green, blue = pixel
    if min(pixel) > 180:
        return "white"
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


def opened(content):
    return pyvips.Image.new_from_buffer(content, "")


def plain():
    return pictures.picture()


def deep():
    return (plain().cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: plain().jpegsave_buffer(), id="jpeg"),
        pytest.param(lambda: plain().jpegsave_buffer(interlace=True), id="progressive jpeg"),
        pytest.param(lambda: plain().colourspace("cmyk").jpegsave_buffer(), id="cmyk jpeg"),
        pytest.param(lambda: plain().jpegsave_buffer(profile="p3"), id="jpeg with a profile"),
        pytest.param(lambda: plain().jpegsave_buffer() + pictures.jpeg(320, 240), id="mpo"),
        pytest.param(lambda: plain().colourspace("scrgb").uhdrsave_buffer(), id="ultra hdr"),
        pytest.param(lambda: plain().jpegsave_buffer() + MOTION, id="motion photo"),
        pytest.param(lambda: plain().pngsave_buffer(), id="png"),
        pytest.param(lambda: plain().pngsave_buffer(interlace=True), id="interlaced png"),
        pytest.param(lambda: plain().pngsave_buffer(palette=True), id="png of few colours"),
        pytest.param(lambda: plain().addalpha().pngsave_buffer(), id="png with alpha"),
        pytest.param(lambda: deep().pngsave_buffer(), id="16 bit png"),
        pytest.param(lambda: deep().addalpha().pngsave_buffer(), id="16 bit png with alpha"),
        pytest.param(lambda: plain().webpsave_buffer(), id="webp"),
        pytest.param(lambda: plain().webpsave_buffer(lossless=True), id="lossless webp"),
        pytest.param(lambda: plain().addalpha().webpsave_buffer(), id="webp with alpha"),
        pytest.param(lambda: plain().heifsave_buffer(**AVIF), id="avif"),
        pytest.param(lambda: deep().heifsave_buffer(bitdepth=10, **AVIF), id="10 bit avif"),
    ],
)
def test_every_accepted_kind_keeps_its_picture(make):
    photo = renditions.convert(make())

    assert (photo.width, photo.height) == (640, 480)
    assert set(photo.files) == set(renditions.file_names(640, 480))
    for rendition in photo.files.values():
        assert corners(opened(rendition)) == ["red", "blue", "white", "green"]


def test_a_photo_in_grey_stays_grey():
    rendition = renditions.convert(plain().colourspace("b-w").jpegsave_buffer()).files["640.jpg"]

    red, green, blue = opened(rendition)(20, 20)
    assert red == green == blue


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(orientation):
    photo = renditions.convert(pictures.phone_jpeg(orientation))

    # Where the corner that was stored first belongs (EXIF 2.3, Orientation).
    upright = {
        1: ["red", "blue", "white", "green"],
        2: ["blue", "red", "green", "white"],
        3: ["white", "green", "red", "blue"],
        4: ["green", "white", "blue", "red"],
        5: ["red", "green", "white", "blue"],
        6: ["green", "red", "blue", "white"],
        7: ["white", "blue", "red", "green"],
        8: ["blue", "white", "green", "red"],
    }
    side = (640, 480) if orientation <= 4 else (480, 640)
    assert (photo.width, photo.height) == side
    for rendition in photo.files.values():
        assert corners(opened(rendition)) == upright[orientation]


@pytest.mark.parametrize("orientation", [1, 6])
def test_no_rendition_reveals_where_a_home_is(orientation):
    content = pictures.phone_jpeg(orientation)
    assert b"Telephone" in content and b"Seoul" in content

    for rendition in renditions.convert(content).files.values():
        fields = opened(rendition).get_fields()
        assert not [field for field in fields if "exif" in field or "xmp" in field]
        assert ICC not in fields and "orientation" not in fields
        for trace in (b"Exif", b"GPS", b"Telephone", b"Seoul", b"xmp"):
            assert trace not in rendition


def test_bytes_after_the_image_are_dropped():
    page = b"<script>alert(1)</script>"
    for rendition in renditions.convert(pictures.jpeg() + page).files.values():
        assert b"script" not in rendition


@pytest.mark.parametrize(
    ("size", "expected", "widths", "sides"),
    [
        pytest.param((4000, 3000), (1600, 1200), WIDTHS, SIDES, id="a phone's photo"),
        pytest.param((3000, 4000), (1600, 2133), WIDTHS, SIDES, id="upright"),
        pytest.param((640, 480), (640, 480), [400, 640], [360, 480], id="a small one stays so"),
        pytest.param((200, 200), (200, 200), [200], [200], id="the smallest"),
        pytest.param((400, 300), (400, 300), [400], [300], id="exactly a width"),
        pytest.param((360, 540), (360, 540), [360], [360], id="exactly a thumbnail"),
        pytest.param((1000, 8000), (300, 2400), [300], SIDES, id="a long one"),
        pytest.param((5000, 1000), (1600, 320), WIDTHS, SIDES, id="a panorama"),
        pytest.param((9600, 3000), (1600, 500), WIDTHS, SIDES, id="one decoded at half its size"),
        pytest.param((8160, 6144), (1600, 1205), WIDTHS, SIDES, id="50 megapixels"),
        pytest.param((8192, 6144), (1600, 1200), WIDTHS, SIDES, id="and a few more"),
    ],
)
def test_the_renditions_have_the_sizes_that_pages_ask_for(size, expected, widths, sides):
    photo = renditions.convert(pictures.jpeg(*size))

    assert (photo.width, photo.height, photo.square_side) == (*expected, sides[-1])
    assert renditions.widths(photo.width, photo.square_side) == widths
    assert renditions.square_sides(photo.square_side) == sides
    sizes = {str(width): (width, width * expected[1] / expected[0]) for width in widths}
    sizes |= {f"square-{side}": (side, side) for side in sides}
    names = {f"{name}.{extension}" for name in sizes for extension in ("webp", "jpg")}
    assert set(photo.files) == names | {"share.jpg"}
    assert set(renditions.file_names(photo.width, photo.square_side)) == names | {"share.jpg"}
    sizes["share"] = (1200, 630)
    for name, rendition in photo.files.items():
        image = opened(rendition)
        assert (image.width, image.height) == pytest.approx(sizes[name.split(".")[0]], abs=1)


def test_a_large_webp_keeps_its_picture():
    """It is decoded at a part of its size."""
    photo = renditions.convert(plain().resize(10).webpsave_buffer(effort=0))

    assert (photo.width, photo.height) == (1600, 1200)
    assert corners(opened(photo.files["1600.jpg"])) == ["red", "blue", "white", "green"]


@pytest.mark.parametrize("orientation", [1, 5, 6])
def test_a_panorama_has_large_thumbnails_however_the_phone_was_held(orientation):
    photo = renditions.convert(pictures.phone_jpeg(orientation, 5000, 1000))

    assert photo.square_side == 720


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
@pytest.mark.parametrize("size", [(6000, 1200), (1200, 6000)], ids=["wide", "long"])
def test_a_thumbnail_of_a_panorama_is_as_sharp_as_the_upload(size, kind):
    """Stripes of two pixels of the thumbnail, which no rendition of 320 pixels has."""
    axis = 0 if size[0] < size[1] else 1
    stripes = (pyvips.Image.xyz(*size)[axis] % 8 < 4).bandjoin([0, 0]).cast("uchar")
    stripes = stripes.copy(interpretation="srgb")
    content = getattr(stripes, f"{kind}save_buffer")(Q=95)

    thumbnail = opened(renditions.convert(content).files["square-720.jpg"])

    assert thumbnail[0].deviate() > 60


@pytest.mark.parametrize("extension", ["webp", "jpg"])
def test_a_thumbnail_takes_fewer_bytes_than_the_photo_at_its_size(extension):
    grain = pyvips.Image.gaussnoise(720, 720, mean=128).cast("uchar")

    files = renditions.convert(grain.jpegsave_buffer(Q=95)).files

    assert len(files[f"square-720.{extension}"]) < 0.9 * len(files[f"720.{extension}"])


def test_a_thumbnail_shows_what_draws_the_eye():
    """Not the middle of a wide picture, which is a bare wall."""
    red = pyvips.Image.black(300, 300).add([230, 30, 30]).cast("uchar")
    wall = pyvips.Image.black(3000, 1000).add([230, 225, 215]).cast("uchar")
    picture = wall.insert(red, 2600, 350).copy(interpretation="srgb")

    thumbnail = opened(renditions.convert(picture.jpegsave_buffer()).files["square-360.jpg"])

    assert thumbnail[1].min() < 60


@pytest.mark.parametrize("size", [(640, 480), (2000, 400), (400, 2000)])
def test_the_colours_are_those_of_the_quarters(size):
    colours = renditions.convert(pictures.jpeg(*size)).colours

    quarters = [bytes.fromhex(colours[at : at + 6]) for at in range(0, 24, 6)]
    assert [name(quarter) for quarter in quarters] == ["red", "blue", "green", "white"]


def test_transparent_pixels_become_white():
    clear = pictures.picture().bandjoin(pyvips.Image.black(640, 480)).copy(interpretation="srgb")

    for rendition in renditions.convert(clear.pngsave_buffer()).files.values():
        assert set(corners(opened(rendition))) == {"white"}


def test_colours_of_a_wider_profile_look_the_same_in_srgb():
    wide = pictures.picture().icc_transform("p3", input_profile="srgb")
    content = wide.jpegsave_buffer(Q=100, keep="icc", profile="p3")

    rendition = opened(renditions.convert(content).files["640.jpg"])
    assert rendition(20, 20) == pytest.approx([220, 40, 40], abs=8)


def test_inks_are_those_of_the_profile():
    inks = odd_pictures.plain().icc_transform("cmyk", input_profile="srgb")

    rendition = opened(renditions.convert(inks.jpegsave_buffer(Q=95)).files["320.jpg"])

    red, _, green, _ = quarters(rendition)  # no ink is as blue as the second
    assert red == pytest.approx([182, 74, 74], abs=6)
    assert green == pytest.approx([74, 158, 74], abs=6)


def bright(transfer):
    return odd_pictures.avif_of(plain(), avif.colours(9, transfer, 9, True))


def avif_of_claimed_size(width, height):
    picture = avif.coded(plain())
    picture.properties[1] = avif.size(width, height)
    return avif.file({1: picture})


def bright_png(transfer):
    return odd_pictures.png(pictures.chunk(b"cICP", bytes([9, transfer, 0, 1])))


def svg():
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"></svg>'


TOO_SMALL, LONG, TOO_LARGE = "너무 작아요", "너무 길쭉해요", "용량이 너무 커요"
TOO_MANY = "화소가 너무 많아요"
NO_PHOTO, ANIMATED, DAMAGED, HEIC = "걸 수 없는 파일", "움직이는", "손상된 것 같아요", "HEIC"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(lambda: b"", NO_PHOTO, id="nothing"),
        pytest.param(lambda: b"\xff\xd8\xff", DAMAGED, id="the first bytes of a jpeg"),
        pytest.param(lambda: b"hello", NO_PHOTO, id="text"),
        pytest.param(lambda: svg(), NO_PHOTO, id="svg"),
        pytest.param(lambda: b"%PDF-1.7", NO_PHOTO, id="pdf"),
        pytest.param(
            lambda: b"\xff\xd8\xff" + svg(), DAMAGED, id="svg behind a jpeg's first bytes"
        ),
        pytest.param(lambda: pictures.gif(), "GIF는", id="gif"),
        pytest.param(lambda: b"GIF87a", "GIF는", id="old gif"),
        pytest.param(lambda: b"RIFF\0\0\0\0WAVE", NO_PHOTO, id="sound"),
        pytest.param(lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42", NO_PHOTO, id="film"),
        pytest.param(lambda: odd_pictures.animated_png(), ANIMATED, id="animated png"),
        pytest.param(lambda: pictures.animated_webp(), ANIMATED, id="animated webp"),
        pytest.param(lambda: pictures.heic(), HEIC, id="heic"),
        pytest.param(lambda: odd_pictures.webp_of_frames(2), ANIMATED, id="webp of two frames"),
        pytest.param(lambda: odd_pictures.read("sequence.avif"), ANIMATED, id="avif sequence"),
        pytest.param(
            lambda: odd_pictures.read("sequence.avif").replace(b"avif", b"msf1", 1),
            ANIMATED,
            id="avif sequence without another brand",
        ),
        pytest.param(lambda: bright(16), "HDR", id="avif in pq"),
        pytest.param(lambda: bright(18), "HDR", id="avif in hlg"),
        pytest.param(lambda: bright_png(16), "HDR", id="png in pq"),
        pytest.param(
            lambda: b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", DAMAGED, id="beginning of an avif"
        ),
        pytest.param(
            lambda: avif.file({1: avif.grid(1, 1, 640, 480, [])}), DAMAGED, id="grid without tiles"
        ),
        pytest.param(lambda: b"RIFF\0\0\0\0WEBP", DAMAGED, id="beginning of a webp"),
        pytest.param(lambda: b"\x89PNG\r\n\x1a\n", DAMAGED, id="beginning of a png"),
        pytest.param(lambda: pictures.jpeg()[:4000], DAMAGED, id="cut off jpeg"),
        pytest.param(lambda: pictures.picture().pngsave_buffer()[:-900], DAMAGED, id="cut off png"),
        pytest.param(
            lambda: pictures.picture().webpsave_buffer()[:-90], DAMAGED, id="cut off webp"
        ),
        pytest.param(lambda: pictures.jpeg(199, 600), TOO_SMALL, id="narrow"),
        pytest.param(lambda: pictures.jpeg(600, 199), TOO_SMALL, id="low"),
        pytest.param(lambda: pictures.jpeg(1, 50_000), TOO_SMALL, id="a line"),
        pytest.param(lambda: pictures.jpeg(200, 50_000), LONG, id="a ribbon"),
        pytest.param(lambda: pictures.jpeg(10_000, 5_101), "5,100만", id="more than 51 megapixels"),
        pytest.param(lambda: avif_of_claimed_size(6_000, 5_000), "2,500만", id="30 megapixels"),
        pytest.param(lambda: pictures.png_of_claimed_size(60_000, 60_000), TOO_MANY, id="bomb"),
        pytest.param(lambda: pictures.png_of_claimed_size(6_000, 6_000), DAMAGED, id="half a bomb"),
        pytest.param(
            lambda: b"\xff\xd8\xff" + b"\0" * renditions.MAX_BYTES, TOO_LARGE, id="10 MB and more"
        ),
    ],
)
def test_an_invalid_picture_is_refused_with_a_reason(make, reason):
    with pytest.raises(InvalidPhotoError, match=reason) as refusal:
        renditions.convert(make())

    assert is_translated(refusal.value)


def is_translated(error):
    return ENGLISH.gettext(error.message) != error.message


def test_a_picture_of_too_many_pixels_is_refused_in_english_too():
    assert is_translated(renditions.too_costly())
    assert is_translated(renditions.too_many_pixels("heif"))


def test_a_file_may_have_all_of_10_megabytes():
    renditions.convert(pictures.jpeg().ljust(renditions.MAX_BYTES, b"\0"))


@pytest.mark.parametrize("name", odd_pictures.STILL)
def test_an_odd_picture_looks_as_in_chromium(name):
    """tests/end_to_end/test_pictures_in_a_browser.py asks the browser itself."""
    photo = renditions.convert(odd_pictures.STILL[name]())

    rendition = opened(photo.files[f"{photo.width}.webp"])
    colours = odd_pictures.LOOKS.get(name, odd_pictures.PLAIN).split()
    for colour, pixel in zip(colours, quarters(rendition), strict=True):
        assert pixel == pytest.approx(list(bytes.fromhex(colour)), abs=4)


def quarters(image):
    """The colours in the middle of the four quarters, row by row."""
    return [image(x * image.width // 4, y * image.height // 4) for y in (1, 3) for x in (1, 3)]


def test_greys_stay_as_dark_and_as_light_in_the_colours_of_p3():
    """P3 has the curve of sRGB, and greys have no colour."""
    ramp = pyvips.Image.xyz(256, 256)[0].cast("uchar")
    greys = ramp.bandjoin([ramp, ramp]).copy(interpretation="srgb")
    content = odd_pictures.png(pictures.chunk(b"cICP", bytes([12, 13, 0, 1])), image=greys)

    rendition = opened(renditions.convert(content).files["256.jpg"])

    for level in (4, 8, 16, 32, 64, 128, 192, 250):
        assert rendition(level, 128) == pytest.approx([level] * 3, abs=3)


def test_a_sequence_of_one_picture_does_not_move():
    renditions.convert(odd_pictures.sequence_of_one())


def test_a_sequence_of_nothing_is_a_picture():
    renditions.convert(odd_pictures.read("sequence.avif").replace(b"trak", b"free"))


@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_last_bytes_is_whole(missing):
    photo = renditions.convert(pictures.jpeg()[:-missing])

    assert corners(opened(photo.files["640.jpg"])) == ["red", "blue", "white", "green"]


def test_a_jpeg_with_stray_bytes_between_its_segments_is_shown_as_in_a_browser():
    content = pictures.jpeg().replace(b"\xff\xdb", b"\0\0\xff\xdb", 1)

    photo = renditions.convert(content)

    assert corners(opened(photo.files["640.jpg"])) == ["red", "blue", "white", "green"]


def test_a_jpeg_shows_the_whole_photo_before_its_details():
    files = renditions.convert(pictures.jpeg()).files

    assert all(opened(files[name]).get("interlaced") for name in files if name.endswith(".jpg"))


def colour_is_multiplied(alpha, bits):
    """An AVIF in red, as clear as this, whose colours are multiplied by that."""
    red = levels(200 * alpha // 255, bits).bandjoin([0, 0])
    red = red.copy(interpretation="srgb" if bits == 8 else "rgb16")
    name = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
    grey = levels(alpha, bits).copy(interpretation="b-w" if bits == 8 else "grey16")
    clear = avif.coded(grey, avif.full_box(b"auxC", name), bitdepth=bits)
    clear.sources, clear.reference = [1], b"auxl"
    coloured = avif.coded(red, bitdepth=bits)
    coloured.sources, coloured.reference = [2], b"prem"
    return avif.file({1: coloured, 2: clear})


def levels(level, bits):
    """A picture in one band of a level from 0 to 255, with so many bits."""
    picture = pyvips.Image.black(320, 240) + level
    if bits == 8:
        return picture.cast("uchar")
    return (picture * 257).cast("ushort")


@pytest.mark.parametrize("bits", [8, 10])
def test_colours_multiplied_by_alpha_are_not_multiplied_again(bits):
    rendition = opened(renditions.convert(colour_is_multiplied(128, bits)).files["320.jpg"])

    assert rendition(100, 100) == pytest.approx([227, 127, 127], abs=6)


@pytest.mark.parametrize(
    ("rows", "columns", "tiles"), [(2, 2, 4), (4, 8, 32), (1, 2, 2)], ids=lambda number: str(number)
)
def test_tiles_that_lie_beside_the_picture_are_not_decoded(rows, columns, tiles):
    """Each of them is as large as the picture, so that a file of 1 kB would take minutes."""
    tile = avif.coded(plain())
    tile.is_hidden = True
    content = avif.file({1: avif.grid(rows, columns, 640, 480, [2] * tiles), 2: tile})

    with pytest.raises(InvalidPhotoError, match=DAMAGED):
        renditions.convert(content)


@pytest.mark.parametrize("side", [640, 6400])
def test_a_size_that_the_tiles_do_not_have_is_not_believed(side):
    tile = avif.coded(pictures.picture(3200, 2400))
    tile.properties[1] = avif.size(side, side)

    with pytest.raises(InvalidPhotoError):
        renditions.convert(avif.file({1: tile}))


@pytest.mark.parametrize(
    "chunk",
    [
        pictures.chunk(b"gAMA", b"\0\0\0\0"),
        pictures.chunk(b"gAMA", b"\0"),
        odd_pictures.gamma(45_455) + pictures.chunk(b"cHRM", b"\0" * 32),
    ],
    ids=["gamma 0", "gamma cut off", "primaries without light"],
)
def test_colours_that_cannot_be_are_refused(chunk):
    with pytest.raises(InvalidPhotoError, match=DAMAGED):
        renditions.convert(odd_pictures.png(chunk))


@pytest.mark.parametrize("first", range(16, 420, 27))
def test_an_avif_that_contradicts_itself_is_refused_or_shown(first, subtests):
    for at in range(first, min(first + 27, 420), 3):
        content = bytearray(odd_pictures.tiled())
        content[at] ^= 0xFF
        with subtests.test(at=at), suppress(InvalidPhotoError):
            renditions.convert(bytes(content))

    renditions.convert(pictures.jpeg(200, 200))  # the next one does not notice


def test_the_limits_of_size_are_what_the_messages_say():
    assert f"{renditions.MAX_PIXELS['jpeg'] // 10_000:,}만" in str(
        renditions.too_many_pixels("jpeg")
    )
    assert f"{renditions.MAX_PIXELS['heif'] // 10_000:,}만" in str(
        renditions.too_many_pixels("heif")
    )


def test_no_loader_but_the_four_can_be_reached():
    """A sniffing loader would open SVG or PDF, whose libraries are not made for attackers."""
    vips = renditions.load_vips()

    with pytest.raises(vips.Error):
        vips.Image.svgload_buffer(svg()).avg()
