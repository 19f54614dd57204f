"""A photo looks on the site as it looks in the browser that uploaded it."""

import base64

import pytest
import pyvips

from houses import renditions
from tests.houses import odd_pictures

COLUMNS, ROWS = 8, 6
MAX_DIFFERENCE = 8  # of 255, in the mean of a part: what two encoders make of one colour
# The size of a picture, and the mean colours of its parts, on white.
LOOK = """async ([content, columns, rows]) => {
  const image = new Image();
  image.src = `data:;base64,${content}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0);
  const means = [];
  const [partWidth, partHeight] = [Math.floor(width / columns), Math.floor(height / rows)];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const part = context.getImageData(x * partWidth, y * partHeight, partWidth, partHeight);
      const sums = [0, 0, 0];
      part.data.forEach((value, at) => { if (at % 4 < 3) sums[at % 4] += value; });
      means.push(sums.map((sum) => sum / (partWidth * partHeight)));
    }
  }
  return [width, height, means];
}"""


@pytest.fixture(scope="module")
def blank_page(chromium):
    page = chromium.new_page()
    yield page
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", odd_pictures.STILL)
def test_a_photo_looks_as_in_the_browser(blank_page, name):
    content = odd_pictures.STILL[name]()
    encoded = base64.b64encode(content).decode()
    width, height, theirs = blank_page.evaluate(LOOK, [encoded, COLUMNS, ROWS])

    photo = renditions.convert(content)

    assert (photo.width, photo.height) == (width, height)
    rendition = pyvips.Image.new_from_buffer(photo.files[f"{width}.webp"], "")
    for at, (our_mean, their_mean) in enumerate(zip(means(rendition), theirs, strict=True)):
        assert our_mean == pytest.approx(their_mean, abs=MAX_DIFFERENCE), f"part {at}"


def means(image):
    """The mean colour of each part."""
    width, height = image.width // COLUMNS, image.height // ROWS
    for row in range(ROWS):
        for column in range(COLUMNS):
            part = image.crop(column * width, row * height, width, height).stats()
            yield [part(4, band + 1)[0] for band in range(3)]
