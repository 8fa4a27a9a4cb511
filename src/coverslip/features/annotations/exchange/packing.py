"""Objects of one kind as flat arrays, which cross to the web process without being looked at one by one."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import shapely

from coverslip.features.annotations.exchange.model import Canvas, Item
from coverslip.features.annotations.exchange.parquet import to_shapely
from coverslip.features.annotations.exchange.texts import words

MOST_COLUMNS: Final = 500
BATCH: Final = 16_384
STEPS: Final = 256


class Packer:
    """Objects of one kind as flat arrays: 1/256 pixels in 32 bits, rings and objects with where each ends."""

    def __init__(self, kind: str, canvas: Canvas) -> None:
        self.kind = kind
        self.count = 0
        self._canvas = canvas
        self._pending: list[Item] = []
        self._batches: list[dict[str, Any]] = []
        self._outside = 0
        self._names: dict[str, None] = {}
        self._classes: dict[str, str | None] = {}

    def add(self, item: Item) -> None:
        """Take an item."""
        self._pending.append(item)
        if len(self._pending) >= BATCH:
            self._flush()

    def finish(self) -> int:
        """Pack what is left; return how many lay outside the slide."""
        if self._pending:
            self._flush()
        return self._outside

    def plain(self) -> dict[str, Any]:
        """Return all batches."""
        return {"kind": self.kind, "count": self.count, "classes": dict(self._classes), "batches": self._batches}

    def _flush(self) -> None:
        items, self._pending = self._pending, []
        shapes = [item.shape.outlined() for item in items]
        rings = [ring for shape in shapes for polygon in shape.polygons for ring in polygon]
        lengths = np.fromiter(map(len, rings), np.int64, len(rings))
        per_object = np.fromiter((sum(map(len, shape.polygons)) for shape in shapes), np.int64, len(shapes))
        points = np.concatenate(rings)
        inside = self._inside(points, lengths, per_object)
        if not inside.all():
            self._outside += int((~inside).sum())
            kept = [item for item, good in zip(items, inside.tolist(), strict=True) if good]
            if kept:
                self._pending = kept
                self._flush()
            return
        outer = np.fromiter(
            (not n for shape in shapes for polygon in shape.polygons for n in range(len(polygon))), bool
        )
        self.count += len(items)
        self._batches.append(
            {
                "count": len(items),
                "coords": np.round(points * STEPS).astype("<i4").tobytes(),
                "ring_ends": np.cumsum(lengths).astype("<i8").tobytes(),
                "ring_outer": outer.tobytes(),
                "object_ends": np.cumsum(per_object).astype("<i8").tobytes(),
                "columns": self._columns(items),
                "words": self._words(items),
                "classes": self._coded(items),
                "nuclei": _nuclei(items),
            }
        )

    def _inside(self, points: Any, lengths: Any, per_object: Any) -> Any:
        if not self._canvas.width:
            return np.ones(len(per_object), bool)
        per_ring = np.repeat(np.arange(len(per_object)), per_object)
        counts = np.bincount(per_ring, weights=lengths, minlength=len(per_object)).astype(np.int64)
        starts = np.cumsum(counts) - counts
        low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
        size = (self._canvas.width, self._canvas.height)
        return ((high >= 0) & (low <= size)).all(axis=1)

    def _columns(self, items: Sequence[Item]) -> dict[str, bytes]:
        found: dict[str, Any] = {}
        for number, item in enumerate(items):
            for name, value in item.measurements.items():
                column = found.get(name)
                if column is None:
                    if len(self._names) >= MOST_COLUMNS and name not in self._names:
                        continue
                    self._names[name] = None
                    column = found[name] = np.full(len(items), np.nan)
                column[number] = value
        return {name: column.astype("<f8").tobytes() for name, column in found.items()}

    def _words(self, items: Sequence[Item]) -> dict[str, list[str | None]]:
        found: dict[str, list[str | None]] = {}
        for number, item in enumerate(items):
            said: dict[str, Any] = item.properties
            if item.name:
                said = {**said, "name": item.name}
            if item.object_type != "annotation":
                said = {**said, "object_type": item.object_type}
            for name, value in said.items():
                column = found.get(name)
                if column is None:
                    if len(found) >= 50:
                        continue
                    column = found[name] = [None] * len(items)
                column[number] = words(value) if isinstance(value, str) else str(value)
        return found

    def _coded(self, items: Sequence[Item]) -> list[str | None] | None:
        for item in items:
            if item.class_name and item.class_name not in self._classes:
                self._classes[item.class_name] = item.colour
        return [item.class_name for item in items] if self._classes else None


def _nuclei(items: Sequence[Item]) -> list[bytes | None] | None:
    """Return second outlines as well-known binary; made together, because one by one costs ten times as much."""
    having = [(number, item.nucleus.outlined()) for number, item in enumerate(items) if item.nucleus is not None]
    if not having:
        return None
    outlines = np.full(len(items), None, dtype=object)
    simple = [(number, shape.polygons[0]) for number, shape in having if shape.kind == "polygon"]
    if simple:
        rings = list(chain.from_iterable(polygon for _, polygon in simple))
        of_ring = np.repeat(np.arange(len(rings)), np.fromiter(map(len, rings), np.int64, len(rings)))
        of_polygon = np.repeat(np.arange(len(simple)), [len(polygon) for _, polygon in simple])
        made = shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=of_ring), indices=of_polygon)
        outlines[[number for number, _ in simple]] = made
    for number, shape in having:
        if shape.kind != "polygon":
            outlines[number] = to_shapely(shape)
    found: list[bytes | None] = shapely.to_wkb(outlines).tolist()
    return found
