"""ICC profiles for colour spaces that a file names by numbers: libvips reads only profiles."""

import struct
from dataclasses import dataclass

# White and the primaries red, green and blue as x and y (ITU-T H.273, table 2).
D65 = (0.3127, 0.329)
SRGB = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
PRIMARIES = {
    4: ((0.31, 0.316), ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08))),
    5: (D65, ((0.64, 0.33), (0.29, 0.6), (0.15, 0.06))),
    6: (D65, ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07))),
    7: (D65, ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07))),
    9: (D65, ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046))),
    11: ((0.314, 0.351), ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))),
    12: (D65, ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))),
}
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}  # all other curves look like that of sRGB (table 3)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
PQ, HLG = 16, 18
D50 = (0.9642, 1.0, 0.8249)
# The Bradford matrix: from XYZ to the responses of the eye's cones (ICC.1:2022, annex E).
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]


@dataclass(frozen=True)
class ColourSpace:
    """How the numbers of a picture become light.

    :ivar white: x and y of white.
    :ivar primaries: x and y of red, green and blue.
    :ivar gamma: the exponent from numbers to light; None: sRGB's curve.
    :ivar is_hdr: whether the numbers mean light brighter than white.
    """

    white: Vector = D65
    primaries: Matrix = SRGB
    gamma: float | None = None
    is_hdr: bool = False

    @classmethod
    def of_codes(cls, primaries: int, transfer: int) -> "ColourSpace | None":
        """Return the colour space that two numbers of ITU-T H.273 name; None for sRGB."""
        white, colours = PRIMARIES.get(primaries, (D65, SRGB))
        space = cls(white, colours, GAMMAS.get(transfer), transfer in (PQ, HLG))
        return None if space == cls() else space

    @classmethod
    def of_gamma(cls, gamma: float, white: Vector = D65, primaries: Matrix = SRGB) -> "ColourSpace":
        """Return the colour space that a PNG describes.

        :param gamma: the exponent from light to numbers: the inverse of ours.
        """
        return cls(tuple(white), tuple(primaries), 1 / gamma)

    def profile(self) -> bytes:
        """Return the ICC profile (ICC.1:2022)."""
        # The kinds of curves are numbered (10.18): 3 is that of sRGB, 0 an exponent alone.
        kind, numbers = (3, SRGB_CURVE) if self.gamma is None else (0, (self.gamma,))
        curve = b"para" + struct.pack(">IHH", 0, kind, 0) + fixed(numbers)
        red, green, blue = zip(*self.matrix(), strict=True)
        tags = {
            b"wtpt": xyz(D50),
            b"rXYZ": xyz(red),
            b"gXYZ": xyz(green),
            b"bXYZ": xyz(blue),
        } | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
        table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
        for name, content in tags.items():
            table += name + struct.pack(">II", at + len(body), len(content))
            body += content
        header = struct.pack(">I4sI", at + len(body), b"\0\0\0\0", 0x04400000) + b"mntrRGB XYZ "
        header += b"\0" * 12 + b"acsp" + b"\0" * 28 + fixed(D50)
        return header.ljust(128, b"\0") + table + body

    def matrix(self) -> Matrix:
        """Return the matrix from linear red, green and blue to XYZ, adapted to D50.

        D50 is the white of ICC profiles.
        """
        columns = [to_xyz(primary) for primary in self.primaries]
        unscaled = tuple(zip(*columns, strict=True))
        white = to_xyz(self.white)
        scales = times(inverse(unscaled), white)
        scaled = tuple(
            tuple(value * scale for value, scale in zip(row, scales, strict=True))
            for row in unscaled
        )
        cones = zip(times(BRADFORD, D50), times(BRADFORD, white), strict=True)
        ratios = [to / of for to, of in cones]
        adapted = tuple(
            tuple(value * ratio for value in row)
            for row, ratio in zip(product(BRADFORD, scaled), ratios, strict=True)
        )
        return product(inverse(BRADFORD), adapted)


def to_xyz(point: Vector) -> Vector:
    """Return a colour of luminance 1 from its x and y."""
    x, y = point
    return (x / y, 1.0, (1 - x - y) / y)


def times(matrix: Matrix, vector: Vector) -> Vector:
    """Return the product of a matrix and a vector."""
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def product(first: Matrix, second: Matrix) -> Matrix:
    """Return the product of two matrices."""
    columns = [times(first, column) for column in zip(*second, strict=True)]
    return tuple(zip(*columns, strict=True))


def inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of a matrix of three rows: their cross products, by the determinant."""
    (a, b, c) = matrix
    columns = (cross(b, c), cross(c, a), cross(a, b))
    determinant = sum(x * y for x, y in zip(a, columns[0], strict=True))
    return tuple(tuple(column[row] / determinant for column in columns) for row in range(3))


def cross(first: Vector, second: Vector) -> Vector:
    """Return the cross product of two vectors."""
    (a, b, c), (x, y, z) = first, second
    return (b * z - c * y, c * x - a * z, a * y - b * x)


def xyz(values: Vector) -> bytes:
    """Return three numbers in the format of an ICC profile (XYZType)."""
    return b"XYZ \0\0\0\0" + fixed(values)


def fixed(values: Vector) -> bytes:
    """Return numbers with 16 bits before and 16 bits after the point (s15Fixed16Number)."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))
