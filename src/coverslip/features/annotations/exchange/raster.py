"""Outlines into pixels and pixels into outlines. Pure.

A pixel belongs to an outline when its centre lies inside (even-odd), so neighbours that share a border
never overlap; traced outlines run along the edges of pixels.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from coverslip.features.annotations.exchange.model import Points, Shape, area, open_ring

Mask = NDArray[np.bool_]


def fill(rings: Iterable[Points], width: int, height: int) -> Mask:
    """Return which pixels of a grid have their centre inside rings (even-odd), given in pixels of that grid."""
    toggles = np.zeros((height, width + 1), dtype=np.uint8)
    for ring in rings:
        ends = np.roll(ring, -1, axis=0)
        upper, lower = np.minimum(ring[:, 1], ends[:, 1]), np.maximum(ring[:, 1], ends[:, 1])
        first = np.clip(np.ceil(upper - 0.5), 0, height).astype(np.int64)
        counts = np.clip(np.ceil(lower - 0.5), 0, height).astype(np.int64) - first
        edge = np.repeat(np.arange(len(ring)), counts)
        if not len(edge):
            continue
        rows = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
        (x0, y0), (x1, y1) = ring[edge].T, ends[edge].T
        across = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
        columns = np.clip(np.ceil(across - 0.5), 0, width).astype(np.int64)
        np.bitwise_xor.at(toggles, (rows, columns), 1)
    return np.bitwise_xor.accumulate(toggles, axis=1)[:, :width].astype(bool)


def trace(mask: Mask) -> list[tuple[Points, ...]]:
    """Return the outlines of a mask's parts in its own pixels; parts that touch at a corner stay apart."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    rows, starts = np.nonzero(np.diff(padded, axis=1) == 1)
    _, ends = np.nonzero(np.diff(padded, axis=1) == -1)
    if not len(rows):
        return []
    whole = shapely.union_all(shapely.box(starts, rows, ends, rows + 1))
    return [_rings(part) for part in shapely.get_parts(shapely.simplify(whole, 0))]


def objects_of(labels: NDArray[np.integer]) -> Iterator[tuple[int, list[tuple[Points, ...]]]]:
    """Yield every value of a label mask but 0 with its outlines, in pixels of the mask."""
    rows, columns = np.nonzero(labels)
    if not len(rows):
        return
    values = labels[rows, columns]
    order = np.argsort(values, kind="stable")
    rows, columns, values = rows[order], columns[order], values[order]
    firsts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    for start, end in zip(firsts, np.r_[firsts[1:], len(values)], strict=True):
        own_rows, own_columns = rows[start:end], columns[start:end]
        top, left = own_rows.min(), own_columns.min()
        crop = np.zeros((own_rows.max() - top + 1, own_columns.max() - left + 1), dtype=bool)
        crop[own_rows - top, own_columns - left] = True
        yield int(values[start]), [tuple(ring + np.array((left, top)) for ring in rings) for rings in trace(crop)]


def nested(rings: Sequence[Points]) -> Shape | None:
    """Return rings as polygons by the even-odd rule: what lies inside one other ring is its hole."""
    opened = [ring for ring in map(open_ring, rings) if len(ring) >= 3]
    opened.sort(key=lambda ring: -abs(signed_area(ring)))
    solids = [shapely.Polygon(ring) for ring in opened]
    polygons: list[list[Points]] = []
    owner: list[int | None] = []
    for number, ring in enumerate(opened):
        inside = [k for k in range(number) if shapely.contains_properly(solids[k], _inner(solids[number]))]
        if len(inside) % 2 and owner[inside[-1]] is not None:
            polygons[owner[inside[-1]] or 0].append(ring)
            owner.append(None)
        else:
            owner.append(len(polygons))
            polygons.append([ring])
    return area(polygons)


def signed_area(ring: Points) -> float:
    """Return the area of a ring, positive when it turns clockwise as seen."""
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def _inner(solid: shapely.Polygon) -> shapely.Point:
    return solid.representative_point() if solid.is_valid else shapely.Point(solid.exterior.coords[0])


def _rings(polygon: shapely.Polygon) -> tuple[Points, ...]:
    return tuple(open_ring(np.asarray(ring.coords)[:, :2]) for ring in (polygon.exterior, *polygon.interiors))
