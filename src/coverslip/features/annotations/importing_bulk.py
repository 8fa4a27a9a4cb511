"""Objects that a file holds by the thousand, handed on as a result layer."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import shapely

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.importing_classes import ClassNames
from coverslip.features.annotations.results import Batch, LayerClass, Shapes, faults, publish_layer
from coverslip.features.identity import Viewer
from coverslip.infra.runtime import Runtime

RESERVED: Final = frozenset({"object_no", "geometry", "nucleus", "bbox", "class"})
LONGEST: Final = 200


def write_bulk(
    runtime: Runtime,
    viewer: Viewer,
    slide_id: str,
    name: str,
    group: Mapping[str, Any],
    names: ClassNames,
    lost: dict[str, int],
    extent: tuple[float, float],
    *,
    origin: str,
    visibility: str = "project",
) -> tuple[str, int]:
    """Write a group of objects as a result layer; return the layer's id and how many it holds.

    Raises
    ------
    AnnotationFileRefused
        None of them can be kept.
    """
    kinds = {word for one in group["batches"] for word in one["words"].get("object_type", ()) if word}
    kept = [batch for batch in _batches(group, extent, lost) if len(batch.shapes)]
    if not kept:
        raise AnnotationFileRefused("None of the objects in the file can be kept; nothing was stored.")
    classes = [LayerClass(one, names.ids.get(one), colour) for one, colour in group["classes"].items()]
    made = publish_layer(
        runtime,
        viewer,
        slide_id,
        name,
        kept,
        classes=classes,
        object_type=kinds.pop() if len(kinds) == 1 else "detection",
        visibility=visibility,
        info={"from": origin},
    )
    if made.mended:
        what = "outlines that crossed themselves, mended"
        lost[what] = lost.get(what, 0) + made.mended
    return made.layer_id, made.object_count or 0


def _batches(group: Mapping[str, Any], extent: tuple[float, float], lost: dict[str, int]) -> Iterator[Batch]:
    for one in group["batches"]:
        shapes = Shapes(
            group["kind"],
            np.frombuffer(one["coords"], "<i4").reshape(-1, 2),
            np.frombuffer(one["ring_ends"], "<i8"),
            np.frombuffer(one["ring_outer"], bool),
            np.frombuffer(one["object_ends"], "<i8"),
        )
        columns: dict[str, Any] = {
            _column(name): np.frombuffer(held, "<f8") for name, held in one["columns"].items() if _column(name)
        }
        columns |= {_column(name): held for name, held in one["words"].items() if _column(name) not in {*columns, ""}}
        nuclei = None if one["nuclei"] is None else shapely.from_wkb(np.array(one["nuclei"], object))
        batch = Batch(shapes, columns, one["classes"], nuclei)
        bad = faults(shapes, *extent)
        for _, why in bad:
            lost[why] = lost.get(why, 0) + 1
        yield _without(batch, {number for number, _ in bad}) if bad else batch


def _without(batch: Batch, bad: set[int]) -> Batch:
    good = np.array([number for number in range(len(batch.shapes)) if number not in bad], np.int64)

    def taken(values: Any) -> Any:
        return values[good] if isinstance(values, np.ndarray) else [values[number] for number in good.tolist()]

    return Batch(
        batch.shapes.take(good),
        {name: taken(values) for name, values in batch.columns.items()},
        None if batch.classes is None else taken(batch.classes),
        None if batch.nuclei is None else taken(batch.nuclei),
    )


def _column(name: str) -> str:
    """Return a name that a column of a layer may have; empty when nothing is left of it."""
    plain = "".join(one for one in name if one.isprintable()).strip()[:LONGEST]
    return f"measured {plain}" if plain in RESERVED else plain
