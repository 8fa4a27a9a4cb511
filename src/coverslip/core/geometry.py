"""Sizes, regions and tile addresses, in pixels.

Two grids exist and must not be mixed. A *file address* is ``level/col/row`` with level 0 the
finest; a *web address* is ``z/x/y`` with z = 0 the coarsest. They meet only in
``coverslip.imaging.pyramid``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """A width and a height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of pixels.

    Attributes
    ----------
    x, y : int
        Left and top edge; pixel (c, r) covers [c, c+1) x [r, r+1).
    width, height : int
        Extent in pixels of the same grid as ``x`` and ``y``.
    """

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plane:
    """One focal plane at one time point; both count from 0."""

    z: int = 0
    t: int = 0
