"""Draw one field of a blood smear from a random generator, at any resolution.

Lengths are in units of 1/640 of the field's width (a field is 640 x 480 units, as the photos of
BCCD are), so the same generator draws the same scene at every resolution. Colours are optical
densities: stains add up, and the light that is left is ``exp(-density)`` (Beer-Lambert).
"""

from dataclasses import dataclass, replace
from math import cos, exp, hypot, pi, sin

import numpy as np
from scipy import ndimage

FIELD_WIDTH, FIELD_HEIGHT = 640.0, 480.0
_LEAST_WIDTH, _LEAST_HEIGHT = 160, 120  # coarser images are drawn at least this fine


def _colour(red, green, blue):
    """Shape a colour so that it broadcasts against (rows, columns): channels come first here."""
    return np.array([red, green, blue], dtype=np.float32).reshape(3, 1, 1)


_GLASS = _colour(201, 204, 200)  # empty smear: pale grey-yellow


def _stain(red, green, blue):
    """Give the optical density, (3, 1, 1), that turns empty glass into this colour."""
    return np.log(_GLASS / _colour(red, green, blue))


_RED_CELLS = _stain(188, 155, 148), _stain(181, 153, 162)  # a field's lie between the two
_PLATELET = _stain(150, 135, 195)


@dataclass(frozen=True)
class CellKind:
    """What a class of white cell looks like; a pair is the range that a cell draws from.

    The nucleus is a row of `n_lobes` rounded lobes on an arc, joined by bridges; its lengths are
    fractions of the cell's radius, angles are in radians.
    """

    radius: float  # median, units
    n_lobes: tuple  # equally likely choices
    turn: tuple  # angle from one lobe to the next
    arc_radius: tuple
    lobe_radius: tuple
    bridge_radius: tuple  # as a fraction of the lobe's radius: 1 is no waist at all
    nucleus: np.ndarray  # density, (3, 1, 1)
    chromatin: float  # contrast of the nucleus' texture
    cytoplasm: np.ndarray  # density, (3, 1, 1)
    granules: np.ndarray  # density, (3, 1, 1)
    granule_size: float  # units
    wobble: float  # how far outlines stray from smooth ones, cell radii
    vacuoles: float  # mean number


KINDS = {
    "eosinophil": CellKind(
        radius=94,
        n_lobes=(2, 2, 2, 2, 3),
        turn=(1.9, 3.0),
        arc_radius=(0.42, 0.52),
        lobe_radius=(0.33, 0.42),
        bridge_radius=(0.3, 0.6),
        nucleus=_stain(130, 100, 204),
        chromatin=0.25,
        cytoplasm=_stain(196, 178, 192),
        granules=_stain(194, 142, 158),
        granule_size=9.0,
        wobble=0.06,
        vacuoles=0.1,
    ),
    "lymphocyte": CellKind(
        radius=71,
        n_lobes=(1,),
        turn=(0.0, 0.0),
        arc_radius=(0.0, 0.12),
        lobe_radius=(0.7, 0.92),
        bridge_radius=(1.0, 1.0),
        nucleus=_stain(118, 92, 202),
        chromatin=0.12,
        cytoplasm=_stain(142, 158, 204),
        granules=_stain(190, 185, 200),
        granule_size=6.0,
        wobble=0.07,
        vacuoles=0.1,
    ),
    "monocyte": CellKind(
        radius=112,
        n_lobes=(2, 3, 3, 3),
        turn=(0.6, 1.1),
        arc_radius=(0.28, 0.42),
        lobe_radius=(0.42, 0.52),
        bridge_radius=(0.85, 1.0),
        nucleus=_stain(144, 112, 212),
        chromatin=0.35,
        cytoplasm=_stain(172, 175, 199),
        granules=_stain(185, 180, 200),
        granule_size=6.0,
        wobble=0.1,
        vacuoles=3.0,
    ),
    "neutrophil": CellKind(
        radius=95,
        n_lobes=(2, 3, 3, 3, 4, 4, 4, 5),
        turn=(1.0, 1.5),
        arc_radius=(0.42, 0.54),
        lobe_radius=(0.22, 0.32),
        bridge_radius=(0.25, 0.55),
        nucleus=_stain(128, 98, 205),
        chromatin=0.4,
        cytoplasm=_stain(191, 170, 198),
        granules=_stain(190, 175, 196),
        granule_size=4.5,
        wobble=0.06,
        vacuoles=0.1,
    ),
}


_BORROWED = "radius", "nucleus", "chromatin", "cytoplasm", "granules", "granule_size", "wobble"


def blend(kind, other, share):
    """Give a kind this share of another's size and stains; the nucleus keeps its own shape."""
    own = {name: getattr(kind, name) for name in _BORROWED}
    return replace(
        kind, **{name: v + share * (getattr(other, name) - v) for name, v in own.items()}
    )


def draw_field(kind, height, width, rng):
    """Draw one white cell of a kind among red cells and platelets.

    Parameters
    ----------
    kind : CellKind
        The white cell.
    height, width : int
        Of the image; the field is squeezed into it.
    rng : numpy.random.Generator
        Advanced.

    Returns
    -------
    image : ndarray of shape (height, width, 3), dtype float32
        Colours, 0-255 but for what noise adds.
    box : ndarray of shape (4,), dtype float64
        xmin, ymin, xmax, ymax of the white cell within the image, in pixels.
    """
    fine = _Canvas(height, width)
    cell_at = rng.uniform((90, 80), (FIELD_WIDTH - 90, FIELD_HEIGHT - 80))
    radius = kind.radius * exp(0.15 * min(max(rng.normal(), -2), 2))
    _draw_red_cells(fine, cell_at, radius, rng)
    _draw_platelets(fine, rng)
    box = _draw_white_cell(fine, kind, cell_at, radius, rng)
    image = _photograph(fine, rng)
    frame = np.tile((width, height), 2)
    return image, np.minimum(box * frame / np.tile((FIELD_WIDTH, FIELD_HEIGHT), 2), frame)


class _Canvas:
    """The optical density of a field, on a grid `fold` times finer than the image."""

    def __init__(self, height, width):
        self.fold = -(-_LEAST_HEIGHT // height), -(-_LEAST_WIDTH // width)
        rows, columns = height * self.fold[0], width * self.fold[1]
        self.density = np.zeros((3, rows, columns), dtype=np.float32)
        self.red = np.zeros((rows, columns), dtype=np.float32)  # thickness of the red cells
        self.step = FIELD_HEIGHT / rows, FIELD_WIDTH / columns  # units per grid point
        self.y = ((np.arange(rows, dtype=np.float32) + 0.5) * self.step[0])[:, None]
        self.x = ((np.arange(columns, dtype=np.float32) + 0.5) * self.step[1])[None, :]

    def window(self, centre, reach):
        """Give the slices around a point, and coordinates relative to the point."""
        (x, y), (step_y, step_x) = centre, self.step
        rows = slice(max(0, int((y - reach) / step_y)), max(0, int((y + reach) / step_y) + 1))
        columns = slice(max(0, int((x - reach) / step_x)), max(0, int((x + reach) / step_x) + 1))
        near_x = self.x[:, columns] - np.float32(x)
        near_y = self.y[rows] - np.float32(y)
        return (..., rows, columns), near_x, near_y

    def shrink(self, fine):
        """Average a finer image, (3, rows, columns), over the grid points of each pixel."""
        fold_y, fold_x = self.fold
        points = [fine[:, i::fold_y, j::fold_x] for i in range(fold_y) for j in range(fold_x)]
        return sum(points) / len(points)


def _inside(distance, softness):
    """Turn a signed distance (negative inside) into a cover of 0 to 1 with a soft edge."""
    return np.clip(0.5 - distance / (2 * softness), 0.0, 1.0)


def _waves(x, y, wavelength, rng):
    """Draw a smooth random function of the plane with values of -1 to 1."""
    total = 0.0
    for angle, phase, stretch in rng.uniform((0, 0, 0.7), (2 * pi, 2 * pi, 1.6), (3, 3)).tolist():
        k = 2 * pi / (wavelength * stretch)
        total = total + np.sin(x * (k * cos(angle)) + y * (k * sin(angle)) + phase)
    return total / 3


def _grain(x, y, size, rng):
    """Draw grains of about `size` units: a random field with values of 0 to 1."""
    lattice = rng.random((64, 64), dtype=np.float32)
    at = np.stack(np.broadcast_arrays(y / size, x / size))
    return ndimage.map_coordinates(lattice, at, order=1, mode="grid-wrap")


def _draw_red_cells(canvas, cell_at, cell_radius, rng):
    """Draw discs with a pale centre, in clumps, most of them beside the white cell."""
    size, pallor = 50 * rng.lognormal(0, 0.06), rng.uniform(0.2, 0.8)
    for x, y in _red_cell_places(size, rng):
        radius = size * rng.lognormal(0, 0.1)
        ratio, angle, wobble = rng.uniform((0.65, 0, 0.02), (1.0, pi, 0.1)).tolist()
        own_pallor = min(max(rng.normal(pallor, 0.15), 0.0), 0.9)
        if hypot(x - cell_at[0], y - cell_at[1]) > cell_radius + 0.7 * radius:
            window, dx, dy = canvas.window((x, y), 1.25 * radius)
            dx, dy = dx + wobble * radius * np.sin(dy * (3 / radius) + x), dy
            below = canvas.red[window]
            above = _disc(dx, dy, radius, ratio, angle, own_pallor)
            canvas.red[window] = np.maximum(above, below) + 0.25 * np.minimum(above, below)
    mix = rng.uniform()
    stain = rng.lognormal(0, 0.12) * (mix * _RED_CELLS[0] + (1 - mix) * _RED_CELLS[1])
    canvas.density += stain * canvas.red


def _red_cell_places(size, rng):
    """Scatter clumps of one to four cells that touch or overlap."""
    places = []
    for _ in range(rng.integers(7, 15)):
        at = rng.uniform((-40, -40), (FIELD_WIDTH + 40, FIELD_HEIGHT + 40))
        for _ in range(rng.integers(1, 5)):
            places.append(at.tolist())
            angle = rng.uniform(0, 2 * pi)
            at = at + size * rng.uniform(1.3, 2.1) * np.array([cos(angle), sin(angle)])
    return places


def _disc(dx, dy, radius, ratio, angle, pallor):
    """Give the thickness of a red cell: a disc, thinner in the middle."""
    along = dx * cos(angle) + dy * sin(angle)
    across = (dy * cos(angle) - dx * sin(angle)) / ratio
    squared = (along**2 + across**2) / radius**2
    return _inside((squared - 1) * (radius / 2), 3) * (1 - pallor * np.exp(-10 * squared**2))


def _draw_platelets(canvas, rng):
    """Draw small violet specks, some of them no more than a smudge."""
    for _ in range(rng.poisson(3)):
        at = rng.uniform((0, 0), (FIELD_WIDTH, FIELD_HEIGHT)).tolist()
        radius, strength = rng.uniform(6, 18), rng.uniform(0.2, 1.2)
        window, dx, dy = canvas.window(at, 2 * radius)
        distance = np.hypot(dx, dy) - radius + 0.4 * radius * _waves(dx, dy, 2 * radius, rng)
        canvas.density[window] += _PLATELET * (strength * _inside(distance, 4))


def _draw_white_cell(canvas, kind, centre, radius, rng):
    """Draw the white cell over what lies below it and return its box, in units."""
    window, dx, dy = canvas.window(centre, 1.25 * radius)
    outline, nucleus = _distances(dx, dy, kind, radius, rng)
    body, core = _inside(outline, 4), _inside(nucleus, 4)
    view = canvas.density[window]
    view *= 1 - 0.9 * body
    view += body * _cytoplasm(dx, dy, kind, rng)
    view *= 1 - 0.85 * core
    view += core * _chromatin(dx, dy, kind, rng)
    _clear_vacuoles(view, dx, dy, kind, radius, rng)
    return _box_of(outline < 0, canvas, dx, dy, centre)


def _distances(dx, dy, kind, radius, rng):
    """Give the signed distances to the cell's outline and to its nucleus', in units."""
    stretch, angle = rng.uniform(0.82, 1.0), rng.uniform(0, 2 * pi)
    x = (dx * cos(angle) + dy * sin(angle)) / radius
    y = (dy * cos(angle) - dx * sin(angle)) / (radius * stretch)
    x, y = x + kind.wobble * _waves(x, y, 1.2, rng), y + kind.wobble * _waves(x, y, 1.2, rng)
    outline = np.sqrt(x**2 + y**2) - 1
    nucleus = np.full_like(outline, np.inf)
    for (ax, ay), (bx, by), lobe_radius in _lobes(kind, rng):
        lobe = _capsule_distance(x - ax, y - ay, bx - ax, by - ay) - lobe_radius
        nucleus = np.minimum(nucleus, lobe)
    return radius * outline, radius * np.maximum(nucleus, outline + 0.05)


def _capsule_distance(x, y, end_x, end_y):
    """Give the distance to the segment from the origin to an end."""
    along = np.clip((x * end_x + y * end_y) / (end_x**2 + end_y**2 + 1e-6), 0, 1)
    return np.sqrt((x - along * end_x) ** 2 + (y - along * end_y) ** 2)


def _lobes(kind, rng):
    """List the nucleus' lobes and bridges as capsules: (start, end, radius), in cell radii."""
    n_lobes = rng.choice(kind.n_lobes)
    angles = np.cumsum(rng.uniform(*kind.turn, n_lobes)) + rng.uniform(0, 2 * pi)
    arc = rng.uniform(*kind.arc_radius) * rng.uniform(0.85, 1.15, n_lobes)
    centres = arc[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    radii = rng.uniform(*kind.lobe_radius, n_lobes)
    tangents = np.column_stack([-np.sin(angles), np.cos(angles)])
    halves = tangents * (radii * rng.uniform(0.0, 0.5, n_lobes))[:, None]
    bridges = rng.uniform(*kind.bridge_radius) * np.minimum(radii[1:], radii[:-1])
    starts = np.concatenate([centres - halves, centres[:-1]])
    ends = np.concatenate([centres + halves, centres[1:]])
    radii = np.concatenate([radii, bridges])
    return zip(starts.tolist(), ends.tolist(), radii.tolist(), strict=True)


def _cytoplasm(dx, dy, kind, rng):
    """Give the density of cytoplasm and granules, (3, rows, columns)."""
    amount = rng.lognormal(0, 0.2) * (1 + 0.25 * _waves(dx, dy, 60, rng))
    granules = np.clip(2.5 * _grain(dx, dy, kind.granule_size, rng) - 0.6, 0, 1)
    granules *= rng.lognormal(-0.2, 0.35)
    return amount * kind.cytoplasm + granules * kind.granules


def _chromatin(dx, dy, kind, rng):
    """Give the density of the nucleus, (3, rows, columns)."""
    amount = rng.lognormal(0, 0.12) * (1 + kind.chromatin * (_grain(dx, dy, 12, rng) - 0.5))
    return amount * (kind.nucleus + _colour(*rng.normal(0, 0.06, 3)))


def _clear_vacuoles(view, dx, dy, kind, radius, rng):
    """Bleach a few small round holes."""
    for _ in range(rng.poisson(kind.vacuoles)):
        angle, away = rng.uniform(0, 2 * pi), radius * rng.uniform(0.2, 0.8)
        hole = rng.uniform(4, 11)
        distance = np.hypot(dx - away * cos(angle), dy - away * sin(angle)) - hole
        view *= 1 - 0.7 * _inside(distance, 3)


def _box_of(body, canvas, dx, dy, centre):
    """Give xmin, ymin, xmax, ymax of a mask on a window, in units."""
    xs = dx[0, body.any(axis=0)]
    ys = dy[body.any(axis=1), 0]
    half = np.array([canvas.step[1], canvas.step[0]], dtype=float) / 2
    first, last = np.array([[xs[0], ys[0]], [xs[-1], ys[-1]]], dtype=float) + centre
    box = np.concatenate([first - half, last + half])
    return np.clip(box, 0, (FIELD_WIDTH, FIELD_HEIGHT) * 2)  # float32 may round past the frame


def _photograph(canvas, rng):
    """Light the field, focus it more or less, average it into pixels and add the sensor's noise."""
    light, blur = _light(canvas, rng), rng.uniform(0.8, 4.5)
    fine = light * np.exp(-rng.lognormal(0, 0.08) * canvas.density)
    sigma = 0, blur / canvas.step[0], blur / canvas.step[1]
    image = canvas.shrink(ndimage.gaussian_filter(fine, sigma, truncate=2.5))
    image += rng.normal(0, rng.uniform(0.5, 2.5), image.shape)
    return np.moveaxis(image, 0, -1)


def _light(canvas, rng):
    """Give the light that empty glass lets through, (3, rows, columns)."""
    colour = _GLASS * rng.normal(1, 0.025) * _colour(*rng.normal(1, 0.008, 3))
    slope_x, slope_y, vignette = rng.uniform((-0.1, -0.1, 0), (0.1, 0.1, 0.2)).tolist()
    x, y = canvas.x / FIELD_WIDTH - 0.5, canvas.y / FIELD_HEIGHT - 0.5
    return colour * (1 + slope_x * x + slope_y * y - vignette * (x**2 + y**2))
