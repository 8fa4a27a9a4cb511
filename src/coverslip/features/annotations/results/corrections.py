"""Corrections of single objects: an annotation that names an object stands in its place, or takes it away. Pure.

An annotation with ``corrects: {layer_id, object_no}`` replaces the object; without a geometry, or with
``properties.removed`` true, it replaces it by nothing. Deleting the annotation gives the object back, so undo needs
no rule of its own.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from coverslip.features.annotations.results.derived import Objects
from coverslip.features.annotations.results.shapes import STEPS, Ints


@dataclass(frozen=True, slots=True)
class Correction:
    """One annotation that stands for an object.

    Attributes
    ----------
    object_no : int
    annotation_id : str
    seq : int
        Of its last change, also when that deleted it.
    removed : bool
        The object is gone and nothing stands for it.
    deleted : bool
        The annotation was deleted: the object counts as it was.
    shape : shapely geometry or None
        In level-0 pixels; None where nothing stands for the object.
    class_name : str or None
    measurements : mapping
    """

    object_no: int
    annotation_id: str
    seq: int
    removed: bool = False
    deleted: bool = False
    shape: Any = None
    class_name: str | None = None
    measurements: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Corrections:
    """All corrections of a layer that somebody may see."""

    items: Sequence[Correction] = ()

    @cached_property
    def without(self) -> Ints:
        """Objects that do not count, sorted."""
        return np.unique(np.array([one.object_no for one in self.items if not one.deleted], np.int64))

    @cached_property
    def added(self) -> list[Correction]:
        """What counts in their place."""
        return [one for one in self.items if not one.deleted and not one.removed and one.shape is not None]

    @property
    def rev(self) -> int:
        """The last change of any; 0 before the first."""
        return max((one.seq for one in self.items), default=0)

    def within(self, objects: Objects, bounds: tuple[float, float, float, float]) -> list[Correction]:
        """Return those of objects whose bounds touch a rectangle (1/256 px)."""
        known = [one for one in self.items if 0 <= one.object_no < len(objects)]
        if not known:
            return []
        boxes = objects.facts.bounds[[one.object_no for one in known]]
        left, top, right, bottom = bounds
        touch = (boxes[:, 0] <= right) & (boxes[:, 2] >= left) & (boxes[:, 1] <= bottom) & (boxes[:, 3] >= top)
        return [one for one, inside in zip(known, touch, strict=True) if inside]


def rev_of(touching: Sequence[Correction]) -> int:
    """Return the revision of a tile: the last change of an object that touches it."""
    return max((one.seq for one in touching), default=0)


def state_of(touching: Sequence[Correction]) -> str:
    """Return what a tile's bytes depend on: which objects are missing from it. Two people may see different ones."""
    gone = sorted({one.object_no for one in touching if not one.deleted})
    return hashlib.sha256(repr(gone).encode()).hexdigest()[:16] if gone else "0"


def bounds_out(objects: Objects, object_no: int) -> list[float]:
    """Return an object's bounds in level-0 pixels."""
    return [float(one) / STEPS for one in objects.facts.bounds[object_no]]
