"""The life of a photo among neighbours, in browsers of phones; and what its scripts do."""

import email
import functools
import re
import shutil

import pytest
import pyvips
from playwright.sync_api import expect
from sqlalchemy import text

from app import create_app
from database import db
from houses import photos, renditions
from models import Member
from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import flask_runner, settings_for
from tests.houses import odd_pictures, pictures

PHONE = {"width": 375, "height": 667}
FORM = "/me/photos/new"
SENT = re.compile(f"{FORM}$")
TRANSFERRED = """["navigation", "resource"]
    .flatMap(type => performance.getEntriesByType(type))
    .reduce((sum, entry) => sum + entry.transferSize, 0)"""
A_PHOTO = re.compile(r"/photos/\d+$")
RED, GREEN, WHITE = [220, 40, 40], [40, 180, 40], [255, 255, 255]  # the corners of pictures.picture


@pytest.fixture
def phone(chromium, site, photos_folder):
    """The browser of another phone: phone()."""
    shutil.rmtree(photos_folder, ignore_errors=True)
    contexts = []

    def phone():
        context = chromium.new_context(
            base_url=site, locale="ko-KR", viewport=PHONE, has_touch=True
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield phone
    for context in contexts:
        context.close()


@pytest.fixture
def run_flask(database, sandbox_url):
    return flask_runner(settings_for(database, sandbox_url))


def choose_haneul(page):
    page.locator(f'button[name="person"][value="{PEOPLE["haneul"].id}"]').click()


def come_as(page, nickname):
    """Continue at Kakao as someone new."""
    page.locator("#nickname").fill(nickname)
    page.locator('button[name="new"]').click()


def sign_up(page, nickname, next_url="/"):
    page.goto(f"/auth/kakao?next={next_url}")
    come_as(page, nickname)
    page.wait_for_url(next_url)


def choose_picture(page, content=None):
    choose_file(page, jpeg_file(content or pictures.jpeg(1200, 900)))


def jpeg_file(content):
    return {"name": "home.jpg", "mimeType": "image/jpeg", "buffer": content}


def choose_file(page, file):
    page.get_by_label("사진 고르기").set_input_files(file)


def fill_in(page, content=None):
    choose_picture(page, content)
    page.get_by_role("radio", name="거실").check()
    page.get_by_label("한 줄 이야기").fill("해 드는 창가")


def hang_button(page):
    return page.get_by_role("button", name="우리 집에 걸기")


def press_hang(page):
    hang_button(page).click()


def card(page, path):
    return page.locator(f'.photo-card[href="{path}"]')


def test_a_photo_is_added_visited_reported_hidden_and_deleted_with_its_owner(
    phone, run_flask, database, photos_folder
):
    owner, visitor, reporter, operator = (phone() for _ in range(4))

    owner.goto("/")
    owner.get_by_role("link", name="카카오로 시작하기").first.click()
    choose_haneul(owner)
    owner.get_by_role("link", name="사진 걸기").click()
    fill_in(owner)
    press_hang(owner)
    owner.wait_for_url(A_PHOTO)
    path = "/photos/" + owner.url.rpartition("/")[2]
    assert list(photos_folder.rglob("*.webp"))

    visitor.goto("/")
    expect(card(visitor, path)).to_contain_text("해 드는 창가")
    card(visitor, path).click()
    expect(visitor.locator("#photo")).to_have_js_property("complete", True)
    assert visitor.locator("#photo").evaluate("photo => photo.naturalWidth") > 0
    visitor.get_by_role("button", name="놀러 왔어요").click()
    come_as(visitor, "놀러 온 민수")
    visitor.wait_for_url(path)
    expect(visitor.locator("#footprints")).to_have_text("1")

    owner.goto("/")
    owner.get_by_role("link", name="이웃 1명이 다녀갔어요").click()
    expect(owner.locator(".visit")).to_contain_text("놀러 온 민수")

    sign_up(reporter, "꼼꼼한 소라", path)
    reporter.get_by_role("link", name="신고하기").click()
    reporter.get_by_label("이유", exact=True).select_option("private")
    reporter.get_by_role("button", name="신고하기").click()
    expect(reporter.get_by_text("알려 주셔서 고마워요")).to_be_visible()

    sign_up(operator, "살피는 가을")
    run_flask("members", "operator", "살피는 가을")
    operator.goto("/operator")
    operator.get_by_role("link", name="하늘 · 거실").click()
    operator.get_by_label("이유 (집주인에게 보여요)").fill("창에 얼굴이 비쳐요")
    operator.get_by_role("button", name="가리기").click()
    expect(operator.get_by_text("가렸어요.")).to_be_visible()

    assert visitor.goto(path).status == 404
    visitor.goto("/")
    expect(card(visitor, path)).to_have_count(0)
    owner.goto(path)
    expect(owner.get_by_text("창에 얼굴이 비쳐요")).to_be_visible()

    owner.goto("/me/withdraw")
    owner.get_by_role("button", name="확인하고 탈퇴하기").click()
    choose_haneul(owner)
    owner.wait_for_url(re.compile("/me/goodbye"))
    with databases.engine(database).connect() as connection:
        for table in ("photo", "footprint", "report", "moderation_act"):
            where = "WHERE act <> 'operator'" if table == "moderation_act" else ""
            assert connection.scalar(text(f"SELECT count(*) FROM {table} {where}")) == 0
    assert list(photos_folder.rglob("*.*")) == []


@pytest.fixture
def photo_path(phone):
    """The path of 하늘's photo."""
    owner = phone()
    owner.goto(f"/auth/kakao?next={FORM}")
    choose_haneul(owner)
    fill_in(owner)
    press_hang(owner)
    owner.wait_for_url(A_PHOTO)
    return "/photos/" + owner.url.rpartition("/")[2]


def test_a_footprint_is_left_and_removed_without_leaving_the_page(phone, photo_path):
    visitor = phone()
    sign_up(visitor, "놀러 온 민수", photo_path)
    steps = visitor.evaluate("history.length")

    visitor.get_by_role("button", name="놀러 왔어요").press("Enter")
    expect(visitor.locator("#footprints")).to_have_text("1")
    expect(visitor.locator(".footprint-left")).to_contain_text("발자국을 남겼어요")
    expect(visitor.get_by_role("button", name="발자국 지우기")).to_be_focused()

    visitor.keyboard.press("Enter")
    expect(visitor.locator("#footprints")).to_have_text("아직 발자국이 없어요")
    assert visitor.url.endswith(photo_path)
    assert visitor.evaluate("history.length") == steps


def test_a_footprint_of_someone_who_is_signed_out_leads_to_kakao(phone, photo_path):
    visitor = phone()
    sign_up(visitor, "놀러 온 민수", photo_path)
    visitor.context.clear_cookies(name="session")

    visitor.get_by_role("button", name="놀러 왔어요").click()

    expect(visitor.get_by_role("link", name="카카오로 시작하기")).to_be_visible()


def test_without_javascript_a_footprint_leads_back_to_their_number(photo_path, chromium, site):
    context = chromium.new_context(base_url=site, locale="ko-KR", java_script_enabled=False)
    visitor = context.new_page()
    sign_up(visitor, "놀러 온 민수", photo_path)

    visitor.get_by_role("button", name="놀러 왔어요").click()

    visitor.wait_for_url(f"{photo_path}#footprints")
    expect(visitor.locator("#footprints")).to_have_text("1")
    expect(visitor.locator("#footprints")).to_be_focused()
    context.close()


@pytest.fixture
def form(phone):
    """The form for a new photo, on the phone of a new member."""
    page = phone()
    sign_up(page, "사진 거는 도윤", FORM)
    return page


@pytest.fixture
def photo(form):
    """The page of a photo that the new member has added."""
    fill_in(form)
    press_hang(form)
    form.wait_for_url(A_PHOTO)
    return form


def test_a_photo_is_shown_before_it_is_sent(form):
    preview = form.locator("canvas")
    expect(preview).to_be_hidden()
    expect(form.get_by_text("다른 사진 고르기")).to_be_hidden()

    choose_picture(form, pictures.jpeg(900, 1600))

    expect(preview).to_be_visible()
    assert preview.evaluate("canvas => [canvas.width, canvas.height]") == [900, 1600]
    assert preview.bounding_box()["height"] <= PHONE["height"] / 2
    expect(form.get_by_text("다른 사진 고르기")).to_be_visible()
    expect(form.get_by_text("사진 고르기", exact=True)).to_be_hidden()


def test_a_further_photo_takes_five_taps(photo):
    expect(photo.get_by_text("우리 집에 걸었어요.")).to_be_visible()
    first = photo.url

    photo.get_by_role("link", name="한 장 더 걸기").tap()
    with photo.expect_file_chooser() as chooser:
        photo.get_by_label("사진 고르기").tap()
    chooser.value.set_files(jpeg_file(pictures.jpeg(1200, 900)))  # the third tap
    photo.get_by_role("radio", name="주방").tap()
    hang_button(photo).tap()

    photo.wait_for_url(A_PHOTO)
    assert photo.url != first
    expect(photo.locator(".photo-facts")).to_contain_text("주방")


@pytest.fixture(scope="module")
def offline_form(chromium, two_processes):
    """The form in a browser that sends nothing, from a member who has been deleted since."""
    page = chromium.new_page(base_url=two_processes, locale="ko-KR")
    sign_up(page, "사진 찍는 보람", FORM)
    page.route(SENT, lambda route: route.abort())
    yield page
    page.close()


def sent_bytes(page, content):
    """What the form sends when this is the file that was chosen."""
    choose_picture(page, content)
    with page.expect_request(SENT) as sent:
        press_hang(page)
    expect(page.get_by_role("alert")).to_contain_text("보내지 못했어요")
    message = email.message_from_bytes(
        f"Content-Type: {sent.value.headers['content-type']}\n\n".encode()
        + sent.value.post_data_buffer,
    )
    (part,) = [
        part for part in message.get_payload() if 'name="photo"' in str(part["Content-Disposition"])
    ]
    return part.get_payload(decode=True)


def clear_png():
    return pictures.picture(3000, 2000).bandjoin(0).pngsave_buffer()


def heavy_png():
    return pictures.picture(2000, 1800).pngsave_buffer(compression=0)


def heic_that_is_shown():
    """A picture whose brand says HEIC, in the one codec of that container that Chromium has."""
    avif = pictures.picture(1200, 900).heifsave_buffer(compression="av1", effort=0)
    return avif.replace(b"ftypavif", b"ftypheic", 1)


def animated(kind):
    """Two frames, each larger than what is sent of a photo."""
    frames = pictures.picture(3000, 600).copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 300)
    return frames.write_to_buffer(f".{kind}")


@pytest.mark.parametrize(
    ("content", "size", "corner"),
    [
        pytest.param(lambda: pictures.jpeg(4000, 3000), (2560, 1920), RED, id="jpeg"),
        pytest.param(lambda: pictures.phone_jpeg(6, 4000, 3000), (1920, 2560), GREEN, id="turned"),
        pytest.param(lambda: pictures.jpeg(9000, 6000), (2560, 1707), RED, id="54 megapixels"),
        pytest.param(lambda: pictures.jpeg(16320, 12240), (2560, 1920), RED, id="200 megapixels"),
        pytest.param(heic_that_is_shown, (1200, 900), RED, id="heic"),
        pytest.param(clear_png, (2560, 1707), WHITE, id="transparent"),
        pytest.param(heavy_png, (2000, 1800), RED, id="above 10 MB"),
    ],
)
def test_a_large_photo_is_sent_smaller(offline_form, content, size, corner):
    content = content()
    sent = sent_bytes(offline_form, content)

    image = pyvips.Image.jpegload_buffer(sent)
    assert (image.width, image.height) == size
    assert image.getpoint(20, 20) == pytest.approx(corner, abs=12)
    assert len(sent) < 10 * 1024**2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: pictures.jpeg(2560, 1920), id="as large as is sent"),
        pytest.param(lambda: b"no picture", id="no picture"),
        pytest.param(pictures.heic, id="a heic that the browser cannot show"),
        pytest.param(lambda: animated("gif"), id="gif"),
        pytest.param(lambda: animated("webp"), id="animated webp"),
        pytest.param(lambda: odd_pictures.animated_png(3000, 300), id="animated png"),
    ],
)
def test_what_must_not_change_is_sent_as_it_is(offline_form, content):
    content = content()

    assert sent_bytes(offline_form, content) == content


def test_a_file_that_vanishes_after_the_choice_is_sent(form, tmp_path):
    file = tmp_path / "home.jpg"
    file.write_bytes(pictures.jpeg(1200, 900))
    fill_in(form)
    choose_file(form, file)
    expect(form.locator("canvas")).to_be_visible()
    file.unlink()

    press_hang(form)

    form.wait_for_url(A_PHOTO)


def test_a_file_that_cannot_be_read_has_to_be_chosen_again(form):
    form.evaluate("() => { File.prototype.arrayBuffer = async () => { throw new Error(); }; }")
    fill_in(form)

    expect(form.locator("#photo-error")).to_contain_text("사진을 다시 골라 주세요")
    expect(form).to_have_title(re.compile("^오류: "))
    assert form.get_by_label("사진 고르기").evaluate("field => field.files.length") == 0


def status(form):
    return form.locator("form [role=status]")


HOLD = """XMLHttpRequest.prototype.send = function () { window.sent = this; }"""
SHOW_PROGRESS = """([type, loaded]) => sent.upload.dispatchEvent(
    new ProgressEvent(type, { lengthComputable: true, loaded, total: 100 }))"""


def test_during_an_upload_its_progress_shows(form):
    form.evaluate(HOLD)
    fill_in(form)
    press_hang(form)
    form.wait_for_function("window.sent")

    form.evaluate(SHOW_PROGRESS, ["progress", 42])
    expect(status(form)).to_have_text("보내는 중이에요 42%")
    assert form.get_by_role("progressbar").evaluate("bar => bar.value") == 0.42

    form.evaluate(SHOW_PROGRESS, ["load", 100])
    expect(status(form)).to_have_text("거의 다 됐어요. 사진을 다듬고 있어요…")
    expect(form.get_by_role("button", name="취소")).to_be_hidden()


def test_a_second_press_during_an_upload_sends_nothing(form):
    sent = []
    form.route(SENT, lambda route: sent.append(route))
    fill_in(form)
    press_hang(form)
    expect(form.get_by_role("progressbar")).to_be_visible()

    hang_button(form).click(force=True)
    assert hang_button(form).get_attribute("aria-disabled") == "true"
    sent[0].continue_()
    form.wait_for_url(A_PHOTO)

    assert len(sent) == 1


def test_an_upload_can_be_cancelled_and_begun_again(form):
    form.route(SENT, lambda route: None, times=1)
    fill_in(form)
    with form.expect_event("requestfailed"):
        press_hang(form)
        form.get_by_role("button", name="취소").click()

    expect(status(form)).to_have_text("")
    expect(form.get_by_role("progressbar")).to_be_hidden()
    expect(hang_button(form)).to_be_focused()
    press_hang(form)
    form.wait_for_url(A_PHOTO)


def test_a_photo_that_is_too_large_is_refused_before_it_is_sent(form, tmp_path):
    form.route(SENT, lambda route: pytest.fail("it was sent"))
    large = tmp_path / "large.jpg"
    large.write_bytes(b"\xff\xd8\xff" + b"\0" * 10 * 1024 * 1024)
    choose_file(form, large)
    expect(form.locator("#photo-error")).to_contain_text("10MB까지")

    press_hang(form)

    expect(form.get_by_label("사진 고르기")).to_be_focused()
    expect(form.locator("#photo-error")).to_be_in_viewport()
    expect(form).to_have_title(re.compile("^오류: "))
    assert hang_button(form).get_attribute("aria-disabled") is None
    choose_picture(form)
    expect(form.locator("#photo-error")).to_be_hidden()
    expect(form).to_have_title(re.compile("^사진 걸기"))


def test_a_refused_picture_leaves_everything_else_as_it_was(form):
    fill_in(form, b"no picture")
    press_hang(form)

    picture = form.get_by_label("사진 고르기")
    expect(form.locator("#photo-error")).to_contain_text("걸 수 없는 파일이에요")
    expect(picture).to_have_attribute("aria-describedby", "photo-error")
    expect(picture).to_be_focused()
    expect(form.get_by_role("radio", name="거실")).to_be_checked()
    expect(form.get_by_label("한 줄 이야기")).to_have_value("해 드는 창가")

    choose_picture(form)
    press_hang(form)
    form.wait_for_url(A_PHOTO)
    expect(form.get_by_role("heading", name="해 드는 창가")).to_be_visible()


def test_a_refused_caption_needs_no_second_choice_of_the_picture(form):
    fill_in(form)
    form.get_by_label("한 줄 이야기").fill("시발 좋은 창가")
    press_hang(form)
    expect(form.locator("#words-error")).to_be_visible()
    expect(form.get_by_label("한 줄 이야기")).to_be_focused()

    form.get_by_label("한 줄 이야기").fill("참 좋은 창가")
    press_hang(form)

    form.wait_for_url(A_PHOTO)


def test_a_connection_that_breaks_loses_nothing(form):
    form.route(SENT, lambda route: route.abort(), times=1)
    fill_in(form)
    press_hang(form)
    expect(form.get_by_role("alert")).to_contain_text("보내지 못했어요")
    expect(form.get_by_role("progressbar")).to_be_hidden()
    assert hang_button(form).get_attribute("aria-disabled") is None

    press_hang(form)

    form.wait_for_url(A_PHOTO)


def test_after_the_skip_link_a_refused_form_keeps_everything_too(form):
    form.goto(f"{FORM}#main")
    choose_picture(form)
    form.get_by_label("한 줄 이야기").fill("해 드는 창가")
    press_hang(form)

    expect(form.locator("#room-error")).to_be_visible()
    expect(form.get_by_label("한 줄 이야기")).to_have_value("해 드는 창가")
    form.get_by_role("radio", name="거실").check()
    press_hang(form)
    form.wait_for_url(A_PHOTO)


def test_an_upload_after_the_session_ended_says_so_and_has_the_button(form, run_flask):
    fill_in(form)
    run_flask("sessions", "end", "--all", "--yes")
    press_hang(form)

    expect(form.get_by_role("heading", name="로그인이 풀렸어요")).to_be_visible()
    expect(form.get_by_text("아직 바뀐 것은 없어요")).to_be_visible()
    form.get_by_role("link", name="카카오로 시작하기").click()
    form.wait_for_url(SENT)


def test_a_response_without_a_form_is_reported_beside_the_form(form):
    page = "<main><h1>쉬는 중</h1><p>잠시 쉬고 있어요.</p></main>"
    form.route(
        SENT,
        lambda route: route.fulfill(status=503, content_type="text/html; charset=utf-8", body=page),
    )
    fill_in(form)
    press_hang(form)

    expect(form.get_by_role("alert")).to_have_text("잠시 쉬고 있어요.")
    expect(form.get_by_label("한 줄 이야기")).to_have_value("해 드는 창가")


def share_as(page, script):
    """Open the page again in a browser whose navigator is as the script makes it."""
    page.add_init_script(script)
    page.reload()
    return page.locator("[data-share]")


NO_SHARE = "delete Navigator.prototype.share;"
HEARS = "navigator.share = async what => { window.shared = what; };"
REFUSES = "navigator.share = async () => { throw new DOMException('', 'AbortError'); };"


def test_a_photo_is_shared_with_its_title_and_address(photo, site):
    share_as(photo, HEARS).click()

    address = site + "/photos/" + photo.url.rpartition("/")[2]
    assert photo.evaluate("shared") == {"title": "해 드는 창가", "url": address}


def test_without_a_way_to_share_the_address_is_copied(photo):
    photo.context.grant_permissions(["clipboard-read", "clipboard-write"])
    photo.clock.install()
    button = share_as(photo, NO_SHARE)
    button.click()

    expect(button).to_have_text("주소를 복사했어요")
    assert photo.evaluate("navigator.clipboard.readText()") == photo.url
    photo.clock.run_for(3000)
    expect(button).to_have_text("공유하기")


@pytest.mark.parametrize("cannot", ["navigator.share", "navigator.clipboard.writeText"])
def test_a_failure_to_share_is_said(photo, cannot):
    fails = f"{cannot} = async () => {{ throw new DOMException('', 'NotAllowedError'); }};"
    button = share_as(photo, fails if cannot == "navigator.share" else NO_SHARE + fails)
    button.click()

    expect(button.locator("[aria-live]")).to_contain_text("공유하지 못했어요")


def test_changing_ones_mind_about_sharing_is_not_an_error(photo):
    errors = []
    photo.on("pageerror", lambda error: errors.append(error))
    button = share_as(photo, REFUSES)
    button.click()

    expect(button).to_have_text("공유하기")
    assert errors == []


def test_where_nothing_can_be_shared_there_is_no_button(photo):
    nothing = "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });"

    expect(share_as(photo, NO_SHARE + nothing)).to_be_hidden()


def test_until_a_photo_is_loaded_its_colours_keep_its_place(photo):
    held = []
    photo.route("**/pictures/**", lambda route: held.append(route))
    photo.reload(wait_until="domcontentloaded")

    place = photo.locator(".photo").first.bounding_box()
    assert place["width"] / place["height"] == pytest.approx(4 / 3, abs=0.05)
    colours = photo.locator(".photo-colours path").evaluate_all(
        "paths => paths.map(path => getComputedStyle(path).fill)"
    )
    assert len(colours) == 4 and "none" not in colours

    for route in held:
        route.continue_()
    expect(photo.locator("#photo")).not_to_have_js_property("naturalWidth", 0)
    assert photo.locator(".photo").first.bounding_box() == place


SWIPE = """(picture, distance) => {
    const finger = x => new Touch({ identifier: 1, target: picture, clientX: x, clientY: 100 });
    const down = [finger(200)], up = [finger(200 + distance)];
    picture.dispatchEvent(new TouchEvent("touchstart", { touches: down, changedTouches: down }));
    picture.dispatchEvent(new TouchEvent("touchend", { touches: [], changedTouches: up }));
}"""


def test_keys_and_swipes_lead_from_photo_to_photo(photo):
    first = photo.url.partition("?")[0]
    photo.goto(FORM)
    fill_in(photo)
    press_hang(photo)
    photo.wait_for_url(A_PHOTO)
    second = photo.url.partition("?")[0]

    photo.keyboard.press("ArrowLeft")  # there is no newer one
    photo.keyboard.press("ArrowRight")
    photo.wait_for_url(first)
    photo.keyboard.press("ArrowLeft")
    photo.wait_for_url(second)
    photo.locator(".photo-large").evaluate(SWIPE, 20)  # an unsteady tap
    photo.locator(".photo-large").evaluate(SWIPE, -90)
    photo.wait_for_url(first)


@functools.cache
def converted_snapshot():
    return renditions.convert(pictures.snapshot())


@pytest.fixture
def twelve_photos(site, database, sandbox_url, photos_folder):
    """A site with twelve photos of a phone, two of them 민수's."""
    app = create_app(settings_for(database, sandbox_url) | {"PHOTOS_URL": photos_folder.as_uri()})
    with app.app_context():
        for nickname, count in (("민수", 2), ("가을", 10)):
            member = Member(kakao_id=count, nickname=nickname, nickname_key=nickname)
            db.session.add(member)
            db.session.commit()
            for number in range(count):
                photos.add(member, converted_snapshot(), "kitchen", "", form_key=str(number))
        db.engine.dispose()
    return site


STRETCH = """images => images.map(
    image => image.clientWidth * devicePixelRatio / image.currentSrc.match(/square-(\\d+)/)[1]
)"""


@pytest.mark.parametrize(
    ("width", "height", "density", "longest"),
    [
        (360, 640, 3, 1.2),
        (390, 844, 3, 1.2),
        (430, 932, 3, 1.2),
        (500, 800, 3, 1.2),
        (639, 800, 3, 1.2),
        (727, 800, 3, 1.2),
        (844, 390, 3, 1.2),
        (891, 800, 3, 1.2),
        (1600, 900, 3, 1.2),
        (390, 844, 2, 1),
        (430, 932, 2, 1),
        (612, 800, 2, 1),
        (768, 1024, 2, 1),
        (824, 800, 2, 1),
        (1280, 800, 2, 1),
        (1280, 800, 1, 1),
    ],
)
def test_thumbnails_are_sharp_on_every_screen(
    chromium, twelve_photos, width, height, density, longest
):
    screen = {"viewport": {"width": width, "height": height}, "device_scale_factor": density}
    context = chromium.new_context(base_url=twelve_photos, **screen)
    page = context.new_page()
    page.goto("/")
    photo = page.locator(".photo-card").first.get_attribute("href")
    for path, count in (("/", 13), (photo, 4), ("/@민수", 2)):
        page.goto(path)
        images = page.locator(".photo-square img")
        assert images.count() == count
        for stretch in images.evaluate_all(STRETCH):
            assert stretch <= longest, path
    context.close()


@pytest.mark.parametrize("width", [320, 390, 640, 831, 832, 1000, 1280])
def test_a_photo_is_loaded_as_wide_as_it_is_shown(chromium, twelve_photos, width):
    page = chromium.new_page(base_url=twelve_photos, viewport={"width": width, "height": 900})
    page.goto("/")
    page.goto(page.locator(".photo-card").first.get_attribute("href"))
    photo = page.locator("#photo")
    expect(photo).to_have_js_property("complete", True)

    # Of a photo with a choice of files, the natural width is the one that `sizes` promises.
    shown, promised = photo.evaluate("photo => [photo.clientWidth, photo.naturalWidth]")

    assert promised == pytest.approx(shown, rel=0.1)
    page.close()


def test_a_street_of_twelve_photos_is_light_on_the_sharpest_phone(chromium, twelve_photos):
    phone = {"viewport": {"width": 430, "height": 932}, "device_scale_factor": 3}
    context = chromium.new_context(base_url=twelve_photos, locale="ko-KR", **phone)
    page = context.new_page()
    page.goto("/")
    page.locator(".photo-card").last.scroll_into_view_if_needed()
    for image in page.locator("img").all():
        expect(image).to_have_js_property("complete", True)

    assert page.locator(".photo-card img").count() == 12
    assert page.evaluate(TRANSFERRED) < 300_000
    context.close()


def test_a_profile_picture_that_fails_gives_way_to_the_drawn_house(phone):
    page = phone()
    page.goto("/auth/kakao?next=/me")
    choose_haneul(page)

    expect(page.locator(".my-house .avatar")).to_be_visible()
    expect(page.locator(".my-house .avatar img")).to_have_count(0)
