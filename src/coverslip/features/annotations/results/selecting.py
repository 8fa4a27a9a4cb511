"""Which objects lie in a region, and what they come to. An object belongs where its centroid lies.

So that regions beside each other share no object and leave none out. Pure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.annotations.results.corrections import Corrections
from coverslip.features.annotations.results.derived import Objects
from coverslip.features.annotations.results.shapes import STEPS, Ints
from coverslip.features.annotations.results.truth import NO_CATEGORY

MOST_VERTICES: Final = 100_000
NO_CLASS: Final = ""


def region_of(rings: Sequence[Sequence[Sequence[float]]]) -> Any:
    """Return a region from rings (outer first, not closed) in level-0 pixels.

    Raises
    ------
    InvalidRequest
        It is no polygon.
    """
    detail = "A region is a polygon: rings of at least 3 vertices, the outer one first, that do not cross."
    if not rings or sum(map(len, rings)) > MOST_VERTICES:
        raise InvalidRequest(detail, [FieldProblem("/polygon", detail)])
    try:
        polygon = shapely.Polygon(rings[0], rings[1:])
    except (ValueError, TypeError, shapely.errors.ShapelyError) as error:
        raise InvalidRequest(detail, [FieldProblem("/polygon", detail)]) from error
    bounds = np.asarray(polygon.bounds)
    if not np.isfinite(bounds).all() or polygon.area <= 0:
        raise InvalidRequest(detail, [FieldProblem("/polygon", detail)])
    # A lasso drawn by hand crosses itself easily: it means what it encloses.
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def objects_in(objects: Objects, region: Any, without: Ints) -> Ints:
    """Return the objects of a region, in order; all when there is no region."""
    if region is None:
        numbers = np.arange(len(objects), dtype=np.int64)
    else:
        left, top, right, bottom = (side * STEPS for side in region.bounds)
        numbers = objects.touching(left - 1, top - 1, right + 1, bottom + 1)
        shapely.prepare(region)
        centre = objects.facts.centroid[numbers] / STEPS
        numbers = numbers[shapely.intersects_xy(region, centre[:, 0], centre[:, 1])]
    return numbers[~np.isin(numbers, without)] if len(without) else numbers


@dataclass(frozen=True, slots=True)
class Spread:
    """What one measurement comes to; ``sd`` is of the sample (n - 1)."""

    count: int
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a region holds.

    Attributes
    ----------
    count : int
    classes : mapping of str to int
        By name; the empty name for objects without a class.
    columns : mapping of str to Spread
    categories : mapping
        Counts of the words of each column of words.
    area_mm2 : float or None
        Of the region, or of the slide; None without a pixel size.
    density_per_mm2 : float or None
    object_area_um2 : Spread or None
        None for points and without a pixel size.
    """

    count: int
    classes: Mapping[str, int]
    columns: Mapping[str, Spread]
    categories: Mapping[str, Mapping[str, int]]
    area_mm2: float | None
    density_per_mm2: float | None
    object_area_um2: Spread | None


def summarise(objects: Objects, region: Any, corrections: Corrections, mpp: tuple[float, float] | None) -> Summary:
    """Return what a region (the slide when None) holds: the layer minus what is corrected plus what replaces it."""
    numbers = objects_in(objects, region, corrections.without)
    added = [one for one in corrections.added if region is None or region.intersects(shapely.centroid(one.shape))]
    names = [one.name for one in objects.head.classes]
    classes = _counted(objects.classes[numbers], names)
    for one in added:
        name = one.class_name or NO_CLASS
        classes[name] = classes.get(name, 0) + 1
    spreads: dict[str, Spread] = {}
    categories: dict[str, dict[str, int]] = {}
    for column in objects.head.columns:
        if column.kind == "number":
            more = [one.measurements[column.name] for one in added if column.name in one.measurements]
            spreads[column.name] = _spread(objects.columns[column.name][numbers], more)
        elif column.kind == "category":
            categories[column.name] = _counted(objects.columns[column.name][numbers], column.categories)
    per_px = None if mpp is None else mpp[0] * mpp[1]
    whole_px = objects.grid.width * objects.grid.height if region is None else region.area
    area_mm2 = None if per_px is None else whole_px * per_px / 1e6
    count = len(numbers) + len(added)
    areas = None
    if per_px is not None and objects.head.geometry == "polygon":
        areas = _spread(objects.facts.area_px[numbers] * per_px, [one.shape.area * per_px for one in added])
    return Summary(count, classes, spreads, categories, area_mm2, count / area_mm2 if area_mm2 else None, areas)


def _counted(codes: npt.NDArray[Any], names: Sequence[str]) -> dict[str, int]:
    tally = np.bincount(codes, minlength=NO_CATEGORY + 1)
    found = {name: int(tally[number]) for number, name in enumerate(names) if tally[number]}
    if tally[NO_CATEGORY]:
        found[NO_CLASS] = found.get(NO_CLASS, 0) + int(tally[NO_CATEGORY])
    return found


def _spread(values: npt.NDArray[Any], more: Sequence[float]) -> Spread:
    whole = np.concatenate([np.asarray(values, np.float64), np.asarray(more, np.float64)])
    whole = whole[np.isfinite(whole)]
    if not len(whole):
        return Spread(0, None, None, None, None)
    sd = float(whole.std(ddof=1)) if len(whole) > 1 else None
    return Spread(len(whole), math.fsum(whole) / len(whole), sd, float(whole.min()), float(whole.max()))
