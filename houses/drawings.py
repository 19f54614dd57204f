"""Rooms that are drawn, for the made-up neighbours of `flask photos sample`."""

import math
import random
from collections.abc import Sequence

import pyvips

Rectangle = tuple[float, float, float, float]  # x, y, width, height

WIDTH, HEIGHT = 1600, 1200
FLOOR = 900  # where the wall ends
WHITE, INK = "fffaf2", "4a3f3a"
GREENS = ("4f7a58", "5f8f66", "739f72", "3f6650")
BOOKS = ("c8553d", "e8b45a", "5f8f86", "f2e3c9", "7d6b91", "36566b", "d98f6c")

# The colours of a time of day: the sky from top to bottom, the sun or moon, the light on things.
DAY = {"sky": ("a9d6ea", "eaf4ee"), "sun": "fff3c4", "light": "fff2cf", "hill": "9cc096"}
EVENING = {"sky": ("e9a178", "f8dcae"), "sun": "fff0d0", "light": "ffc98a", "hill": "8f7f86"}
NIGHT = {"sky": ("1f2c4d", "4a5580"), "sun": "f5efd6", "light": "8fa2d8", "hill": "222d47"}


class Drawing:
    """A picture in the making; lengths are pixels of 1600 x 1200, colours are `ffeedd`."""

    def __init__(self, colour: str) -> None:
        self.image = (pyvips.Image.black(WIDTH, HEIGHT, bands=3) + rgb(colour)).cast("uchar")

    def jpeg(self) -> bytes:
        """Return the picture as a JPEG file."""
        return self.image.copy(interpretation="srgb").jpegsave_buffer(Q=90)

    def paint(
        self,
        mask: pyvips.Image,
        colour: str,
        x: float,
        y: float,
        alpha: float,
        clip: Rectangle | None = None,
    ) -> None:
        """Paint a colour as far as the mask is near 1; within `clip` (x, y, w, h) only."""
        x, y = round(x), round(y)
        if clip:
            left, top = max(x, clip[0]), max(y, clip[1])
            right = min(x + mask.width, clip[0] + clip[2])
            bottom = min(y + mask.height, clip[1] + clip[3])
            mask = mask.crop(left - x, top - y, right - left, bottom - top)
            x, y = left, top
        mask = mask.linear(255, 0, uchar=True).linear(alpha, 0, uchar=True)
        self.image = self.image.draw_mask(rgb(colour), mask, x, y)

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        colour: str,
        radius: float = 0,
        alpha: float = 1.0,
        clip: Rectangle | None = None,
    ) -> None:
        """Draw a box, with round corners if there is a radius."""
        w, h = round(w), round(h)
        distance = pyvips.Image.sdf(w, h, "rounded-box", a=[0, 0], b=[w, h], corners=[radius] * 4)
        self.paint(distance.linear(-1, 0.5), colour, x, y, alpha, clip)

    def ellipse(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        colour: str,
        angle: float = 0.0,
        alpha: float = 1.0,
        clip: Rectangle | None = None,
    ) -> None:
        """Draw an ellipse around a point, turned by degrees."""
        side = round(max(w, h)) + 2
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        turned = [[cos * 2 / w, sin * 2 / w], [-sin * 2 / h, cos * 2 / h]]
        points = (pyvips.Image.xyz(side, side) - (side - 1) / 2).recomb(turned)
        radius = ((points * points).bandmean() * 2) ** 0.5
        mask = radius.linear(-min(w, h) / 2, min(w, h) / 2 + 0.5)
        self.paint(mask, colour, x - side / 2, y - side / 2, alpha, clip)

    def polygon(
        self, corners: Sequence[tuple[float, float]], colour: str, alpha: float = 1.0
    ) -> None:
        """Draw a convex polygon, its corners clockwise."""
        left, top = (min(corner[axis] for corner in corners) for axis in (0, 1))
        right, bottom = (max(corner[axis] for corner in corners) for axis in (0, 1))
        points = pyvips.Image.xyz(round(right - left), round(bottom - top)).linear(1, [left, top])
        mask = 1
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
            length = math.hypot(x2 - x1, y2 - y1)
            across, down = (x2 - x1) / length, (y2 - y1) / length
            inside = (points - [x1, y1]).recomb([[-down, across]]) + 0.5
            mask = inside.minpair(mask)
        self.paint(mask, colour, left, top, alpha)

    def fade(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        colour: str,
        start: float = 0.0,
        end: float = 1.0,
    ) -> None:
        """Draw a colour that comes in from top to bottom."""
        mask = pyvips.Image.xyz(w, h)[1].linear((end - start) / h, start)
        self.paint(mask, colour, x, y, 1)

    def glow(self, x: float, y: float, radius: int, colour: str, alpha: float) -> None:
        """Draw light around a point."""
        distance = pyvips.Image.sdf(2 * radius, 2 * radius, "circle", a=[radius, radius], r=1)
        mask = distance.linear(-1 / radius, 1).clamp()
        self.paint(mask * mask, colour, x - radius, y - radius, alpha)


def rgb(colour: str) -> list[int]:
    """Return red, green and blue of a colour like `ffeedd`."""
    return list(bytes.fromhex(colour))


def room(wall: str, floor: str, time: dict) -> Drawing:
    """Return an empty room: a wall, a floor, and the light of a time of day."""
    drawing = Drawing(wall)
    drawing.fade(0, 0, WIDTH, FLOOR, time["light"], 0.35, 0.0)
    drawing.box(0, FLOOR, WIDTH, HEIGHT - FLOOR, floor)
    for plank in range(4):
        drawing.box(0, FLOOR + 30 + plank * 78, WIDTH, 3, INK, alpha=0.12)
    drawing.box(0, FLOOR - 22, WIDTH, 22, WHITE, alpha=0.75)
    return drawing


def window(
    drawing: Drawing,
    x: float,
    y: float,
    w: float,
    h: float,
    time: dict,
    curtain: str | None = None,
) -> None:
    """Draw a window with what is outside, and the light that falls from it on the floor."""
    inside = (x, y, w, h)
    drawing.box(x - 22, y - 22, w + 44, h + 44, WHITE, 14)
    drawing.box(x, y, w, h, time["sky"][0])
    drawing.fade(x, y, w, h, time["sky"][1])
    drawing.ellipse(x + w * 0.7, y + h * 0.27, 110, 110, time["sun"], clip=inside)
    drawing.ellipse(x + w * 0.2, y + h * 1.1, w * 1.1, h * 0.6, time["hill"], clip=inside)
    drawing.ellipse(x + w * 0.9, y + h * 1.15, w, h * 0.5, time["hill"], alpha=0.7, clip=inside)
    drawing.box(x + w / 2 - 8, y, 16, h, WHITE)
    drawing.box(x, y + h * 0.36, w, 12, WHITE)
    drawing.box(x - 44, y + h + 18, w + 88, 24, WHITE, 8)
    beam = [(x + 30, y + h + 40), (x + w, y + h + 40), (x + w + 330, HEIGHT), (x + 250, HEIGHT)]
    drawing.polygon(beam, time["light"], 0.22)
    if curtain:
        drawing.box(x - 120, y - 62, w + 240, 14, INK, 7)
        for left in (x - 95, x + w - 45):
            drawing.box(left, y - 56, 140, h + 170, curtain, 18)
            for fold in range(3):
                drawing.box(left + 30 + fold * 36, y - 56, 8, h + 165, INK, 4, 0.08)


def plant(
    drawing: Drawing, x: float, y: float, size: float, pot: str = "c97b5a", seed: int = 0
) -> None:
    """Draw a plant whose pot stands at this point."""
    rng = random.Random(seed)  # noqa: S311, a drawing
    for leaf in range(13):
        angle = -78 + leaf * 13
        length = size * rng.uniform(0.8, 1.25)
        reach = math.radians(angle)
        drawing.ellipse(
            x + math.sin(reach) * length * 0.5,
            y - size * 0.55 - math.cos(reach) * length * 0.5,
            length,
            size * 0.24,
            GREENS[leaf % len(GREENS)],
            angle - 90,
        )
    top, bottom = size * 0.36, size * 0.26
    corners = [
        (x - top, y - size * 0.6),
        (x + top, y - size * 0.6),
        (x + bottom, y),
        (x - bottom, y),
    ]
    drawing.polygon(corners, pot)
    drawing.box(x - top - 6, y - size * 0.66, 2 * top + 12, size * 0.13, pot, 6)
    drawing.box(x - top - 6, y - size * 0.53, 2 * top + 12, 6, INK, alpha=0.15)


def floor_lamp(drawing: Drawing, x: float, y: float, shade: str) -> None:
    """Draw a lamp that stands at this point."""
    drawing.ellipse(x, y, 170, 34, INK)
    drawing.box(x - 6, y - 520, 12, 520, INK)
    drawing.glow(x, y - 540, 520, "ffdf9e", 0.55)
    corners = [(x - 75, y - 640), (x + 75, y - 640), (x + 125, y - 470), (x - 125, y - 470)]
    drawing.polygon(corners, shade)


def pendant(drawing: Drawing, x: float, y: float, shade: str) -> None:
    """Draw a lamp that hangs above this point."""
    drawing.box(x - 3, 0, 6, y, INK)
    drawing.glow(x, y + 100, 380, "ffdf9e", 0.5)
    drawing.ellipse(x, y + 96, 80, 50, "fff3cf")
    drawing.polygon([(x - 40, y), (x + 40, y), (x + 120, y + 100), (x - 120, y + 100)], shade)


def frame(drawing: Drawing, x: float, y: float, w: float, h: float, colour: str) -> None:
    """Draw a framed picture of a hill."""
    drawing.box(x + 6, y + 10, w, h, INK, 6, 0.15)
    drawing.box(x, y, w, h, INK, 6)
    drawing.box(x + 12, y + 12, w - 24, h - 24, WHITE)
    inside = (x + 34, y + 34, w - 68, h - 68)
    drawing.box(*inside, colour)
    drawing.ellipse(x + w * 0.4, y + h * 0.8, w * 0.8, h * 0.5, WHITE, alpha=0.5, clip=inside)
    drawing.ellipse(x + w * 0.62, y + h * 0.36, 44, 44, WHITE, alpha=0.8, clip=inside)


def living_room(time: dict, wall: str, floor: str, accent: str) -> bytes:
    """Return a JPEG of a sofa below a window, a lamp and a plant."""
    drawing = room(wall, floor, time)
    window(drawing, 560, 130, 520, 430, time, curtain="efe0cc")
    frame(drawing, 190, 210, 190, 240, accent)
    drawing.ellipse(800, 1075, 1150, 170, accent, alpha=0.35)
    drawing.ellipse(800, 1075, 1010, 138, WHITE, alpha=0.35)
    drawing.ellipse(800, 1010, 980, 60, INK, alpha=0.25)
    for x in (420, 1160):
        drawing.box(x, 960, 26, 60, INK, 8)
    drawing.box(380, 620, 840, 340, accent, 60)
    drawing.fade(380, 760, 840, 130, INK, 0.0, 0.18)
    for x in (395, 805):
        drawing.box(x, 790, 405, 150, accent, 40)
        drawing.box(x + 14, 800, 377, 120, WHITE, 34, 0.16)
    for x in (310, 1180):
        drawing.box(x, 720, 110, 270, accent, 50)
        drawing.box(x + 14, 732, 82, 120, WHITE, 40, 0.12)
    drawing.box(400, 930, 800, 60, accent, 20)
    drawing.box(400, 930, 800, 60, INK, 20, 0.2)
    drawing.box(450, 660, 170, 160, "f2e3c9", 36)
    drawing.box(980, 670, 160, 150, "e8b45a", 36)
    floor_lamp(drawing, 1390, 1000, "f6e2b8")
    plant(drawing, 150, 1030, 220)
    return drawing.jpeg()


def bedroom(time: dict, wall: str, floor: str, accent: str) -> bytes:
    """Return a JPEG of a bed beside a window, with a lamp on the night table."""
    drawing = room(wall, floor, time)
    window(drawing, 940, 140, 430, 440, time, curtain="e6dcea")
    frame(drawing, 300, 180, 230, 180, accent)
    frame(drawing, 570, 220, 150, 150, "d9a98c")
    drawing.ellipse(620, 1130, 1250, 90, INK, alpha=0.2)
    drawing.box(130, 520, 860, 480, "8a6248", 50)
    drawing.box(160, 545, 800, 240, "a87b5c", 40)
    for x in (230, 580):
        drawing.box(x, 650, 310, 190, WHITE, 70)
        drawing.box(x + 10, 760, 290, 80, INK, 40, 0.06)
    drawing.box(110, 790, 900, 310, "f4ebe0", 50)
    drawing.box(95, 850, 930, 280, accent, 60)
    drawing.box(95, 850, 930, 90, WHITE, 45, 0.35)
    for stripe in range(5):
        drawing.box(190 + stripe * 170, 960, 14, 165, WHITE, 7, 0.25)
    drawing.box(1090, 800, 260, 260, "a87b5c", 16)
    drawing.box(1080, 785, 280, 30, "8a6248", 10)
    drawing.box(1120, 850, 200, 80, "8a6248", 8, 0.5)
    drawing.ellipse(1220, 890, 22, 22, "e8b45a")
    drawing.glow(1170, 680, 360, "ffd98f", 0.7)
    drawing.box(1162, 690, 16, 95, INK, 6)
    drawing.polygon([(1130, 590), (1210, 590), (1250, 700), (1090, 700)], "ffe9bd")
    drawing.box(1270, 735, 70, 22, BOOKS[0], 4)
    drawing.box(1262, 757, 82, 26, BOOKS[2], 4)
    plant(drawing, 1480, 1040, 210, "7d9aa3", 3)
    return drawing.jpeg()


def kitchen(time: dict, wall: str, floor: str, accent: str) -> bytes:
    """Return a JPEG of a counter below a window, with a kettle and fruit, and lamps above."""
    drawing = room(wall, floor, time)
    for row in range(4):
        for column in range(17):
            x = column * 100 - (row % 2) * 50
            drawing.box(x + 3, 480 + row * 52, 94, 46, WHITE, 6, 0.45)
    window(drawing, 520, 120, 560, 380, time)
    for x, y in ((90, 220), (90, 370), (1180, 220), (1180, 370)):
        drawing.box(x, y, 330, 18, "8a6248", 6)
    for number in range(4):
        drawing.box(115 + number * 76, 150, 56, 70, BOOKS[number], 14)
        drawing.ellipse(1230 + number * 76, 186, 66, 68, BOOKS[-1 - number])
        drawing.box(1200 + number * 76, 300, 60, 70, WHITE, 12)
    for number in range(3):
        drawing.box(120 + number * 98, 290, 74, 80, WHITE, 10, 0.9)
        drawing.box(126 + number * 98, 318, 62, 46, BOOKS[number + 2], 6)
    drawing.box(0, 720, WIDTH, 330, accent)
    for door in range(5):
        drawing.box(20 + door * 316, 760, 296, 260, WHITE, 12, 0.14)
        drawing.box(140 + door * 316, 785, 60, 12, "e8cf9a", 6)
    drawing.box(0, 1050, WIDTH, 30, INK, alpha=0.5)
    drawing.box(0, 690, WIDTH, 46, "e9d5b7", 6)
    drawing.box(0, 730, WIDTH, 10, INK, alpha=0.2)
    drawing.ellipse(330, 640, 150, 130, "c8553d")
    drawing.box(255, 640, 150, 56, "c8553d", 24)
    drawing.polygon([(395, 610), (455, 570), (462, 588), (405, 650)], "c8553d")
    drawing.box(314, 556, 32, 26, INK, 10)
    for x, colour in ((1190, "e8b45a"), (1250, "d9644a"), (1310, "8fb06a"), (1225, "d9644a")):
        drawing.ellipse(x, 628, 76, 76, colour)
    drawing.ellipse(1250, 630, 280, 140, WHITE, clip=(1100, 636, 300, 60))
    for x in (640, 960):
        pendant(drawing, x, 130, accent)
    plant(drawing, 800, 695, 130, WHITE, 5)
    plant(drawing, 1510, 695, 150, "c97b5a", 6)
    return drawing.jpeg()


def study(time: dict, wall: str, floor: str, accent: str) -> bytes:
    """Return a JPEG of shelves of books, a desk and a chair."""
    drawing = room(wall, floor, time)
    rng = random.Random(wall)  # noqa: S311, a drawing
    window(drawing, 900, 130, 480, 420, time, curtain="e5d3b8")
    drawing.box(110, 130, 560, 790, "7a5640", 14)
    for shelf in range(4):
        top = 160 + shelf * 188
        drawing.box(136, top, 508, 162, "5d3f2e")
        x = 146
        while x < 560:
            width, height = rng.randint(26, 50), rng.randint(96, 148)
            drawing.box(x, top + 162 - height, width, height, rng.choice(BOOKS), 4)
            drawing.box(x + 6, top + 182 - height, width - 12, 8, WHITE, alpha=0.5)
            x += width + 4
    plant(drawing, 600, 322, 70, WHITE, 8)
    drawing.ellipse(1090, 1090, 950, 80, INK, alpha=0.22)
    for x in (780, 1420):
        drawing.box(x, 780, 30, 300, "7a5640", 8)
    drawing.box(740, 740, 750, 46, "a87b5c", 12)
    drawing.box(760, 786, 710, 14, INK, alpha=0.25)
    drawing.box(1160, 786, 260, 110, "7a5640", 8)
    drawing.ellipse(1290, 840, 24, 24, "e8b45a")
    drawing.box(950, 600, 230, 136, INK, 12)
    drawing.box(962, 612, 206, 112, time["sky"][1], 4)
    drawing.box(920, 730, 290, 12, "cfc6ba", 6)
    drawing.glow(1340, 640, 380, "ffdf9e", 0.7)
    drawing.box(1330, 560, 12, 180, INK, 6)
    drawing.polygon([(1290, 520), (1370, 520), (1410, 610), (1250, 610)], accent)
    drawing.ellipse(1336, 738, 120, 22, INK)
    drawing.box(800, 690, 60, 50, accent, 10)
    drawing.box(960, 830, 240, 46, accent, 23)
    drawing.box(990, 640, 180, 200, accent, 50)
    drawing.box(1000, 650, 160, 100, WHITE, 40, 0.14)
    drawing.box(1070, 870, 20, 150, INK, 8)
    drawing.box(980, 1020, 200, 20, INK, 10)
    return drawing.jpeg()


def balcony(time: dict, wall: str, floor: str, accent: str) -> bytes:
    """Return a JPEG of a chair among plants, above the roofs of the town."""
    drawing = Drawing(time["sky"][0])
    drawing.fade(0, 0, WIDTH, FLOOR, time["sky"][1])
    drawing.glow(1180, 300, 420, time["sun"], 0.7)
    drawing.ellipse(1180, 300, 170, 170, time["sun"])
    town(drawing, time, accent)
    drawing.box(0, FLOOR - 20, WIDTH, HEIGHT - FLOOR + 20, floor)
    for plank in range(9):
        drawing.polygon(
            [
                (plank * 200 - 4, FLOOR),
                (plank * 200, FLOOR),
                (plank * 260 - 240, HEIGHT),
                (plank * 260 - 246, HEIGHT),
            ],
            INK,
            0.18,
        )
    for x in range(20, WIDTH, 66):
        drawing.box(x, 640, 10, 270, wall)
    drawing.box(0, 620, WIDTH, 26, wall, 10)
    drawing.box(0, 900, WIDTH, 16, wall)
    fairy_lights(drawing)
    armchair(drawing, accent)
    plant(drawing, 180, 1090, 300, "c97b5a", 11)
    plant(drawing, 400, 1030, 190, "e9d5b7", 12)
    plant(drawing, 1450, 1080, 330, "7d9aa3", 13)
    return drawing.jpeg()


def town(drawing: Drawing, time: dict, seed: str) -> None:
    """Draw two rows of houses at the horizon, some windows lit."""
    rng = random.Random(seed)  # noqa: S311, a drawing
    for layer, alpha in ((0, 0.45), (1, 0.85)):
        x = -40
        while x < WIDTH:
            width, height = rng.randint(90, 190), rng.randint(120, 330) + (1 - layer) * 110
            drawing.box(x, FLOOR - height, width, height, time["hill"], 8, alpha)
            for number in range(rng.randint(0, 6)):
                left, top = x + 20 + number % 3 * 36, FLOOR - height + 30 + number // 3 * 60
                drawing.box(left, top, 16, 24, "ffe9b0", 3, 0.85)
            x += width + rng.randint(0, 30)


def fairy_lights(drawing: Drawing) -> None:
    """Draw a string of lights along the top."""
    for bulb in range(13):
        x = 40 + bulb * 127
        y = 90 + 60 * math.sin(bulb / 12 * math.pi * 3) ** 2
        drawing.glow(x, y, 90, "ffd98f", 0.8)
        drawing.ellipse(x, y, 26, 32, "fff0c4")


def armchair(drawing: Drawing, colour: str) -> None:
    """Draw an armchair with a cushion beside a table with a cup."""
    drawing.ellipse(820, 1120, 520, 60, INK, alpha=0.25)
    for x in (640, 960):
        drawing.box(x, 930, 24, 190, "8a6248", 8)
    drawing.box(610, 640, 400, 260, colour, 60)
    drawing.box(630, 660, 360, 120, WHITE, 50, 0.14)
    drawing.box(590, 870, 440, 90, colour, 40)
    drawing.box(590, 930, 440, 30, INK, 15, 0.18)
    drawing.box(715, 720, 190, 160, "f2e3c9", 40)
    drawing.ellipse(1190, 930, 250, 50, "a87b5c")
    drawing.box(1180, 940, 20, 170, "8a6248")
    drawing.ellipse(1190, 1110, 130, 24, "8a6248")
    drawing.box(1150, 872, 66, 56, WHITE, 12)
