"""All focal planes of a slide in one picture: the brightest value of each pixel, or their mean. Pure."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

import numpy as np

from coverslip.core.errors import NotFound, TooLarge
from coverslip.core.geometry import Plane
from coverslip.ports.format import Pixels, SlideInfo

MOST_PLANES: Final = 64
"""A tile of a projection reads this many tiles at most."""
_TOO_MANY: Final = f"A projection is made of at most {MOST_PLANES} focal planes; this slide has more."


class Projection(StrEnum):
    """How planes become one."""

    MAX = "max"
    MEAN = "mean"


PlaneChoice = int | Projection
"""A focal plane from 0, or a projection of all of them."""


def parse_plane(text: str) -> PlaneChoice | None:
    """Return what a plane of an address means, None when it means nothing.

    Examples
    --------
    >>> parse_plane("3"), parse_plane("max"), parse_plane("-1")
    (3, <Projection.MAX: 'max'>, None)
    """
    if text in tuple(Projection):
        return Projection(text)
    return int(text) if text.isascii() and text.isdecimal() else None


def planes_of(info: SlideInfo, plane: PlaneChoice, time: int) -> list[Plane]:
    """Return the planes that a choice needs.

    Raises
    ------
    NotFound
        There is no such plane or time point.
    TooLarge
        The slide has more planes than one picture may be made of.
    """
    if not 0 <= time < info.t_count:
        raise NotFound
    if isinstance(plane, Projection):
        if info.z_count > MOST_PLANES:
            raise TooLarge(_TOO_MANY)
        return [Plane(z, time) for z in range(info.z_count)]
    if not 0 <= plane < info.z_count:
        raise NotFound
    return [Plane(plane, time)]


def project(read: Callable[[Plane], Pixels], planes: Sequence[Plane], plane: PlaneChoice) -> Pixels:
    """Read planes one after the other and make them one; memory holds two at a time.

    Returns
    -------
    ndarray
        Of the dtype that ``read`` gives; a mean is rounded to the nearest value.
    """
    first = read(planes[0])
    if len(planes) == 1:
        return first
    if plane is Projection.MAX:
        out = first.copy()
        for at in planes[1:]:
            np.maximum(out, read(at), out=out)
        return out
    total = first.astype(np.float64)
    for at in planes[1:]:
        total += read(at)
    total /= len(planes)
    return (total if first.dtype.kind == "f" else np.rint(total)).astype(first.dtype)
