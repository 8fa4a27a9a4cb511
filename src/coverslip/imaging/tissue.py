"""Where the tissue is: from a small picture of the whole slide to a grid of bits. Pure arrays, no model.

Bright field: a pixel's score is how much darker it is than the glass plus how much more coloured;
Otsu's threshold (1979) separates the two humps of its histogram, held between what the noise of the
glass allows and what pale tissue still reaches. Dark field (fluorescence): the same on brightness.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

TISSUE_EPOCH: Final = 1
"""Raised whenever the same pixels give another mask."""

PICTURE_PX: Final = 2048
"""Longer side of the picture that is looked at."""

CELL_SHARE: Final = 0.05
"""A cell is tissue when at least this share of its pixels is."""

DARK_FIELD_BELOW: Final = 60
_BLACK: Final = 30
_LEAST: Final = 14.0
_MOST: Final = 30.0
_GLOW: Final = 90.0
_NOISE: Final = 5.0
_MAD_TO_SIGMA: Final = 1.4826

Mask = npt.NDArray[np.bool_]


def tissue_mask(rgb: npt.NDArray[np.uint8], *, dark_field: bool = False) -> Mask:
    """Return which pixels of a picture show tissue.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
    dark_field : bool
        True where tissue is known to shine on black; a picture that is mostly black counts as such, too.

    Returns
    -------
    ndarray of bool, shape (height, width)
    """
    brightest, darkest = rgb.max(axis=2).astype(np.float32), rgb.min(axis=2).astype(np.float32)
    light = rgb.mean(axis=2, dtype=np.float32)
    if dark_field or float(np.median(brightest)) < DARK_FIELD_BELOW:
        return _cleaned(_above(brightest, np.ones(brightest.shape, bool), _GLOW))
    chroma = brightest - darkest
    looked_at = (brightest > _BLACK) | (chroma > _BLACK)  # black is the slide's edge or what was not scanned
    glass = _glass(light[looked_at])
    score = np.clip(glass - light, 0, 255) + chroma
    return _cleaned(_above(score, looked_at, _MOST) & looked_at)


def tissue_cells(mask: Mask, width: int, height: int, cell_px: int) -> Mask:
    """Return which cells of a slide hold tissue.

    Parameters
    ----------
    mask : ndarray of bool
        Of a picture of the whole slide.
    width, height : int
        Of the slide, in level-0 pixels.
    cell_px : int
        Side of a cell in level-0 pixels.

    Returns
    -------
    ndarray of bool, shape (ceil(height / cell_px), ceil(width / cell_px))
    """
    down = _shares(mask.shape[0], height, cell_px)
    across = _shares(mask.shape[1], width, cell_px)
    inside = down @ mask.astype(np.float32) @ across.T
    area = down.sum(axis=1)[:, None] * across.sum(axis=1)[None, :]
    found: Mask = inside >= CELL_SHARE * np.maximum(area, 1e-6)
    return found


def _shares(pixels: int, size: int, cell_px: int) -> npt.NDArray[np.float32]:
    """Return how much of each pixel of an axis lies in each cell, shape (cells, pixels)."""
    edges = np.linspace(0.0, size, pixels + 1)
    starts = np.arange(-(-size // cell_px))[:, None] * float(cell_px)
    overlap = np.minimum(edges[None, 1:], starts + cell_px) - np.maximum(edges[None, :-1], starts)
    return np.asarray(np.clip(overlap, 0, None) / (size / pixels), np.float32)


def _glass(light: npt.NDArray[np.float32]) -> float:
    """Return the brightness of empty glass: the highest hump among the brighter half of the grey levels."""
    if not light.size:
        return 255.0
    counts = np.bincount(light.astype(np.uint8).reshape(-1), minlength=256).astype(np.float64)
    smooth = np.convolve(counts, np.ones(5) / 5, mode="same")
    brightest = int(np.flatnonzero(counts.cumsum() >= 0.98 * counts.sum())[0])
    floor = max(0, brightest - 40)
    return float(floor + int(np.argmax(smooth[floor : brightest + 3])))


def _above(score: npt.NDArray[np.float32], looked_at: Mask, fullest: float) -> Mask:
    values = score[looked_at]
    if not values.size:
        return np.zeros(score.shape, bool)
    low = values[values <= np.percentile(values, 30)]
    empty = float(np.median(low))  # the score of nothing, unless tissue is nearly everywhere
    noise = _NOISE * _MAD_TO_SIGMA * float(np.median(np.abs(low - empty)))
    if empty > fullest:
        empty = 0.0
    limit = max(_LEAST, min(empty + _MOST, max(otsu(values), empty + noise)))
    found: Mask = score > limit
    return found


def otsu(values: npt.NDArray[np.float32]) -> float:
    """Return the threshold that separates two groups of values best (largest variance between them)."""
    top = float(values.max())
    if top <= 0:
        return 0.0
    counts, edges = np.histogram(values, bins=256, range=(0.0, top))
    middles = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * middles).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[int(np.nanargmax(np.where(np.isfinite(between), between, -1))) + 1])


def _cleaned(mask: Mask) -> Mask:
    """Drop what has no company: a pixel stays when most of its 3 x 3 neighbourhood is tissue, too."""
    padded = np.pad(mask, 1, mode="edge").astype(np.uint8)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    found: Mask = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] >= 5
    return found
