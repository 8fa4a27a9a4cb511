"""From a request to an open layer: who asks, which slide, which layer, and what is corrected in it."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.annotation_errors import LayerUnknown
from coverslip.features.access import Action, check, shows_annotations
from coverslip.features.annotations.authors import sit_down
from coverslip.features.annotations.classes import known_classes
from coverslip.features.annotations.layers import get_layer, visible_layers
from coverslip.features.annotations.models import LayerRow
from coverslip.features.annotations.results import store
from coverslip.features.annotations.results.areas import area_of, fits
from coverslip.features.annotations.results.corrections import Correction, Corrections
from coverslip.features.annotations.results.derived import Grid, Objects, open_objects
from coverslip.features.annotations.results.files import FOLDER
from coverslip.features.identity import Viewer
from coverslip.features.slides import SlideRef, index_of, locate
from coverslip.imaging.index import load_index
from coverslip.infra import journal
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime

OPEN_LAYERS: Final = 32
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class OpenLayer:
    """A result layer that somebody may look at.

    Attributes
    ----------
    layer_id : str
    objects : Objects
    corrections : Corrections
    version : str
        What the immutable part is known by.
    mpp : (float, float) or None
        Micrometres for each pixel along x and y.
    folder : pathlib.Path
    """

    layer_id: str
    objects: Objects
    corrections: Corrections
    version: str
    mpp: tuple[float, float] | None
    folder: Path


class _Newest:
    """A few of the things that were asked for last, shared by threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Any:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Any, value: Any) -> None:
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


_open = _Newest(OPEN_LAYERS)
_corrections = _Newest(_KEPT)
_grids = _Newest(_KEPT)


def folder_of(runtime: Runtime, layer_id: str) -> Path:
    """Return where a layer's files lie."""
    return runtime.settings.data / FOLDER / layer_id


@dataclass(frozen=True, slots=True)
class Under:
    """The slide under a layer: where it lies, its zoom levels, and its pixel size (what somebody entered counts)."""

    ref: SlideRef
    grid: Grid
    mpp: tuple[float, float] | None


def slide_under(runtime: Runtime, session: Session, viewer: Viewer, slide_id: str) -> Under:
    """Return the slide under a layer; its pixels need not be at hand.

    Raises
    ------
    NotFound, SlideNotReady
    """
    ref = locate(session, viewer, slide_id, runtime.settings.index_folder)
    path = index_of(ref)
    known: tuple[Grid, tuple[float, float] | None] | None = _grids.get((path, ref.version))
    if known is None:
        index = load_index(path)
        info = index.info
        levels = tuple((level.z, level.downsample_x) for level in index.levels)
        mpp = None if info.mpp_x is None else (info.mpp_x, info.mpp_y or info.mpp_x)
        known = Grid(info.width, info.height, levels), mpp
        _grids.put((path, ref.version), known)
    entered = ref.mpp_entered
    return Under(ref, known[0], known[1] if entered is None else (entered, entered))


def layer_row(session: Session, viewer: Viewer, slide_id: str, layer_id: str, kind: str) -> LayerRow:
    """Return a layer of a kind that somebody may see.

    Raises
    ------
    NotFound, Forbidden
    LayerUnknown
        Absent, of another slide or kind, deleted, or private to somebody else.
    """
    if not shows_annotations(session, viewer):
        raise LayerUnknown
    row = get_layer(session, sit_down(session, viewer, slide_id), layer_id)
    if row.kind != kind:
        raise LayerUnknown
    return row


def open_layer(
    runtime: Runtime, viewer: Viewer, slide_id: str, layer_id: str, action: Action = Action.VIEW
) -> OpenLayer:
    """Open a result layer for somebody; that they looked goes on record.

    Raises
    ------
    NotFound, Forbidden, LayerUnknown, SlideNotReady, LayerUnreadable, AuditUnavailable
    """
    with runtime.db.read() as session:
        under = slide_under(runtime, session, viewer, slide_id)
        check(viewer, action, under.ref.standing)
        row = layer_row(session, viewer, slide_id, layer_id, "result")
        geometry = str(json.loads(row.info).get("geometry", "polygon"))
        corrected = corrections_of(session, viewer, slide_id, layer_id, geometry)
    kind = ViewKind.DOWNLOAD if action is Action.EXPORT else ViewKind.ANNOTATIONS
    runtime.reserve.view(session_id=viewer.viewer_id, slide_id=slide_id, kind=kind, principal=viewer.person_id)
    folder = folder_of(runtime, layer_id)
    key = (str(folder), under.grid)
    objects: Objects | None = _open.get(key)
    if objects is None:
        objects = open_objects(folder, under.grid)
        _open.put(key, objects)
    return OpenLayer(layer_id, objects, corrected, under.grid.version(layer_id), under.mpp, folder)


def corrections_of(session: Session, viewer: Viewer, slide_id: str, layer_id: str, geometry: str) -> Corrections:
    """Return what is corrected in a layer, of what somebody may see; remembered until the slide's journal goes on."""
    head = journal.head(session, slide_id)
    desk = sit_down(session, viewer, slide_id)
    key = (str(session.get_bind().engine.url), slide_id, layer_id, desk.author_id, head)
    found: Corrections | None = _corrections.get(key)
    if found is None:
        seen = [row.layer_id for row in visible_layers(session, viewer, slide_id)]
        rows = store.corrections(session, slide_id, layer_id, seen)
        names = _class_names(session, desk.place.project_id) if rows else {}
        seqs = journal.last_seqs(session, slide_id, [row[0] for row in rows])
        items = [_correction(row, seqs.get(row[0], 0), names, geometry) for row in rows]
        found = Corrections([one for one in items if one is not None])
        _corrections.put(key, found)
    return found


def _class_names(session: Session, project_id: str) -> dict[str, str]:
    return {class_id: one["name"] for class_id, one in known_classes(session, project_id).items()}


def _correction(
    row: tuple[str, int, bool, str], seq: int, names: Mapping[str, str], geometry: str
) -> Correction | None:
    """Return a correction; None for an annotation that cannot stand for an object: a line, a label."""
    annotation_id, object_no, deleted, body = row
    doc = json.loads(body)
    properties = doc.get("properties") or {}
    geometry_now = doc.get("geometry")
    removed = properties.get("removed") is True or geometry_now is None
    shape = None if removed else area_of(geometry_now)
    if not removed and not fits(shape, geometry):
        return None
    class_name = names.get(doc.get("class_id") or "") or properties.get("class")
    return Correction(
        object_no=object_no,
        annotation_id=annotation_id,
        seq=seq,
        removed=removed,
        deleted=deleted,
        shape=shape,
        class_name=class_name if isinstance(class_name, str) else None,
        measurements={name: float(value) for name, value in (doc.get("measurements") or {}).items()},
    )
