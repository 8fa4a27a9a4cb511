"""Places along a Hilbert curve, for many points at once: neighbours in the plane lie near each other in a file. Pure.

The curve is D. Hilbert's (Math. Ann. 38, 1891); the steps are the ones that J. Skilling gives for two axes
("Programming the Hilbert curve", AIP Conf. Proc. 707, 2004), taken on whole arrays.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

ORDER: Final = 16
"""Bits of each axis: 65,536 cells along the longer side of a slide."""


def hilbert_places(x: npt.NDArray[np.uint32], y: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Return how far along the curve each cell lies.

    Parameters
    ----------
    x, y : array of uint32
        Cells, each below 65,536.

    Examples
    --------
    >>> import numpy as np
    >>> corner = hilbert_places(np.array([0, 65535], np.uint32), np.array([0, 0], np.uint32))
    >>> [int(one) for one in corner]
    [0, 4294967295]
    """
    px, py = x.astype(np.uint32), y.astype(np.uint32)
    found = np.zeros(len(px), np.uint32)
    for bit in range(ORDER - 1, -1, -1):
        side = np.uint32(1 << bit)
        rx = (px & side) > 0
        ry = (py & side) > 0
        quadrant = (3 * rx.astype(np.uint32)) ^ ry.astype(np.uint32)
        found |= quadrant << np.uint32(2 * bit)
        mirrored = rx & ~ry
        px = np.where(mirrored, np.uint32(0xFFFF) - px, px)
        py = np.where(mirrored, np.uint32(0xFFFF) - py, py)
        px, py = np.where(ry, px, py), np.where(ry, py, px)
    return found


def cells_of(values: npt.NDArray[np.float64], low: float, extent: float) -> npt.NDArray[np.uint32]:
    """Return the cell of each coordinate, when the curve covers ``extent`` from ``low`` on."""
    scaled = (values - low) * (65_536.0 / max(extent, 1.0))
    return np.clip(scaled, 0, 65_535).astype(np.uint32)
