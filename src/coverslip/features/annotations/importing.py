"""Annotation files onto slides: read in a process of its own, shown first if asked, written in small batches."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from coverslip.core.errors import Busy, CoverslipError
from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.core.ids import new_id
from coverslip.features.access import Action
from coverslip.features.annotations import service
from coverslip.features.annotations.authors import sit_down
from coverslip.features.annotations.exchange import Canvas, format_named, read_file
from coverslip.features.annotations.importing_bulk import write_bulk
from coverslip.features.annotations.importing_classes import ClassNames, name_classes
from coverslip.features.annotations.layers import create_layer, delete_layer
from coverslip.features.annotations.schemas import LayerIn
from coverslip.features.annotations.schemas_exchange import FoundClassOut, GoesOut, ImportOut, LostOut, PreviewOut
from coverslip.features.identity import Viewer
from coverslip.features.slides import index_of, locate
from coverslip.imaging.index import load_index
from coverslip.infra.audit import AuditEvent, record
from coverslip.infra.pool import DecoderPool
from coverslip.infra.runtime import Runtime

BATCH: Final = 500
BATCH_VERTICES: Final = 50_000
"""A write transaction takes well under a quarter of a second."""
READ_LIMIT_S: Final = 600.0
MEMORY_LEAST: Final = 2**30
MEMORY_FACTOR: Final = 5
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_WAIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be imported.

    Attributes
    ----------
    file_name : str
    format_name : str
        ``auto`` looks at the content.
    frame : str
        ``full``, ``cropped``, or empty for what is usual in the format.
    dry_run : bool
    layer_name : str
        That of the file where empty.
    visibility : str
    """

    file_name: str
    format_name: str = "auto"
    frame: str = ""
    dry_run: bool = False
    layer_name: str = ""
    visibility: str = "project"

    @property
    def name(self) -> str:
        """What the new layer is called."""
        return (self.layer_name or self.file_name or "Imported").strip()[:200] or "Imported"


def check_import(session: Session, viewer: Viewer, slide_id: str, format_name: str = "auto") -> None:
    """Refuse at once who may not draw on a slide, or a format that is not known.

    Raises
    ------
    NotFound, Forbidden, AnnotationFormatUnknown
    """
    sit_down(session, viewer, slide_id).check(Action.ANNOTATE)
    if format_name != "auto":
        format_named(format_name)


def canvas_of(session: Session, runtime: Runtime, viewer: Viewer, slide_id: str) -> Canvas:
    """Return what a file needs to know of the slide it is about.

    Raises
    ------
    NotFound, SlideNotReady
    """
    ref = locate(session, viewer, slide_id, runtime.settings.index_folder)
    info = load_index(index_of(ref)).info
    offset = (0.0, 0.0) if info.bounds is None else (float(info.bounds.x), float(info.bounds.y))
    mpp_x, mpp_y = ref.mpp_entered or info.mpp_x, ref.mpp_entered or info.mpp_y
    width, height = info.levels[0].width, info.levels[0].height
    return Canvas(width, height, mpp_x, mpp_y, offset, ref.name)


def import_file(runtime: Runtime, viewer: Viewer, slide_id: str, path: Path, asked: Asked) -> ImportOut:
    """Import a file, or say what that would do.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady
    AnnotationFormatUnknown, AnnotationFileRefused, AnnotationFileTooLarge, SlideSizeNeeded
        Nothing was stored.
    Busy
        Other files are being read.
    """
    with runtime.db.read() as session:
        check_import(session, viewer, slide_id, asked.format_name)
        canvas = canvas_of(session, runtime, viewer, slide_id)
    answer = _read(path, asked, canvas)
    lost = {one["what"]: one["count"] for one in answer["report"]["lost"]}
    with runtime.db.read() as session:
        names = name_classes(session, viewer, slide_id, answer["report"]["classes"])
    goes: list[GoesOut] = []
    if asked.dry_run:
        goes = _would_go(answer, asked)
    else:
        with runtime.db.transaction() as session:
            names = names.added(session, viewer)
        _Writing(runtime, viewer, slide_id, canvas, asked, names, goes, lost).write(answer)
    return _out(answer, asked, canvas, names, goes, lost)


def _read(path: Path, asked: Asked, canvas: Canvas) -> dict[str, Any]:
    """Read a file in a process that may die of it."""
    if not _AT_ONCE.acquire(timeout=_WAIT_S):
        raise Busy
    memory = max(MEMORY_LEAST, MEMORY_FACTOR * path.stat().st_size)
    pool = DecoderPool(1, memory_bytes=memory, timeout_s=READ_LIMIT_S)
    about = {name: getattr(canvas, name) for name in ("width", "height", "mpp_x", "mpp_y", "offset", "name")}
    try:
        answer: dict[str, Any] = pool.run_blocking(
            read_file, str(path), asked.file_name, asked.format_name, asked.frame, about
        )
        return answer
    finally:
        pool.close_blocking()
        _AT_ONCE.release()


def _would_go(answer: Mapping[str, Any], asked: Asked) -> list[GoesOut]:
    goes = [
        GoesOut(kind=group["kind"], count=group["count"], layer_id=None, name=_bulk_name(asked, group, answer))
        for group in answer["bulk"]
    ]
    if answer["drawn_count"]:
        goes.insert(0, GoesOut(kind="drawn", count=answer["drawn_count"], layer_id=None, name=asked.name))
    return goes


def _bulk_name(asked: Asked, group: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Return what a result layer is called: as the file, unless several layers come of it."""
    several = bool(answer["drawn_count"]) or len(answer["bulk"]) > 1
    word = "points" if group["kind"] == "point" else "objects"
    return f"{asked.name[:180]} ({word})" if several else asked.name


class _Writing:
    """One import that is being written; what went wrong halfway takes its layers back."""

    def __init__(
        self,
        runtime: Runtime,
        viewer: Viewer,
        slide_id: str,
        canvas: Canvas,
        asked: Asked,
        names: ClassNames,
        goes: list[GoesOut],
        lost: dict[str, int],
    ) -> None:
        self._extent = (float(canvas.width), float(canvas.height))
        self._runtime, self._viewer, self._slide_id = runtime, viewer, slide_id
        self._asked, self._names, self._goes, self._lost = asked, names, goes, lost

    def write(self, answer: Mapping[str, Any]) -> None:
        """Write all of it."""
        if not answer["drawn_count"] and not answer["bulk"]:
            raise AnnotationFileRefused("The file holds no object that can be kept; nothing was stored.")
        try:
            if answer["drawn_count"]:
                self._write_drawn(msgspec.json.decode(answer["drawn"]))
            for group in answer["bulk"]:
                name = _bulk_name(self._asked, group, answer)
                written = write_bulk(
                    self._runtime,
                    self._viewer,
                    self._slide_id,
                    name,
                    group,
                    self._names,
                    self._lost,
                    self._extent,
                    origin=answer["format"],
                    visibility=self._asked.visibility,
                )
                self._goes.append(GoesOut(kind=group["kind"], count=written[1], layer_id=written[0], name=name))
        except BaseException:
            self._take_back()
            raise
        detail = {"format": answer["format"], "objects": sum(one.count for one in self._goes)}
        with self._runtime.db.transaction() as session:
            event = AuditEvent(
                "annotations.imported",
                self._viewer.person_id,
                self._viewer.viewer_id,
                "slide",
                self._slide_id,
                detail=detail,
            )
            record(session, event)

    def _write_drawn(self, items: Sequence[dict[str, Any]]) -> None:
        with self._runtime.db.transaction() as session:
            wanted = LayerIn.model_validate({"name": self._asked.name, "visibility": self._asked.visibility})
            layer_id = create_layer(session, self._viewer, self._slide_id, wanted).layer_id
        self._goes.append(GoesOut(kind="drawn", count=0, layer_id=layer_id, name=self._asked.name))
        place = len(self._goes) - 1
        written = 0
        ids = _ids(items)
        locked: list[str] = []
        for batch in _batches(_in_order(items)):
            written += self._write_batch(batch, layer_id, ids, locked)
        self._goes[place] = replace_count(self._goes[place], written)

    def _write_batch(
        self, batch: Sequence[dict[str, Any]], layer_id: str, ids: dict[str, str], locked: list[str]
    ) -> int:
        """Write some objects; one whose id is taken gets a new one, and only then what names it as its parent."""
        pending, done = list(batch), 0
        for again in (False, True):
            if not pending:
                break
            ops = [_op(item, layer_id, ids, self._names, fresh=again) for item in pending]
            with self._runtime.db.transaction() as session:
                results = service.apply(session, self._viewer, self._slide_id, ops)["results"]
            refused = [(item, one) for item, one in zip(pending, results, strict=True) if one["outcome"] == "refused"]
            done += len(pending) - len(refused)
            pending = [item for item, one in refused if not again and one["code"] == "id_taken"]
            for _, one in refused:
                if again or one["code"] != "id_taken":
                    what = f"objects that were refused: {one['detail']}"
                    self._lost[what] = self._lost.get(what, 0) + 1
        return done

    def _take_back(self) -> None:
        for one in self._goes:
            if one.layer_id is None:
                continue
            try:
                with self._runtime.db.transaction() as session:
                    delete_layer(session, self._viewer, self._slide_id, one.layer_id)
            except CoverslipError:  # the cause is what is told
                continue


def replace_count(goes: GoesOut, count: int) -> GoesOut:
    """Return where objects go with another count."""
    return goes.model_copy(update={"count": count})


def _ids(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return which annotation each id of the file becomes; an id that comes twice is kept once."""
    return {one["source_id"]: one["source_id"].lower() for one in items if one["source_id"]}


def _in_order(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return objects so that a parent comes before its children; a parent that is not there is forgotten."""
    known = {one["source_id"] for one in items if one["source_id"]}
    waiting: dict[str, list[dict[str, Any]]] = {}
    ready: list[dict[str, Any]] = []
    for item in items:
        if item["parent"] in known and item["parent"] != item["source_id"]:
            waiting.setdefault(item["parent"], []).append(item)
        else:
            ready.append({**item, "parent": None})
    for item in ready:  # grows while it is walked
        if item["source_id"]:
            ready.extend(waiting.pop(item["source_id"], ()))
    for rest in waiting.values():  # circles
        ready.extend({**item, "parent": None} for item in rest)
    return ready


def _batches(items: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    vertices = 0
    seen: set[str] = set()
    for item in items:
        count = _vertices(item["geometry"])
        own, parent = item["source_id"], item["parent"]
        # A parent that may yet get another id is written before what names it.
        full = len(batch) >= BATCH or vertices + count > BATCH_VERTICES or parent in seen
        if batch and full:
            yield batch
            batch, vertices, seen = [], 0, set()
        batch.append(item)
        vertices += count
        if own:
            seen.add(own)
    if batch:
        yield batch


def _vertices(geometry: Mapping[str, Any]) -> int:
    if "polygons" in geometry:
        return sum(len(ring) for polygon in geometry["polygons"] for ring in polygon)
    if "rings" in geometry:
        return sum(map(len, geometry["rings"]))
    return len(geometry.get("points", ())) or 1


def _op(
    item: Mapping[str, Any], layer_id: str, ids: dict[str, str], names: ClassNames, *, fresh: bool
) -> dict[str, Any]:
    """Return the operation that makes an object."""
    source = item["source_id"]
    target = new_id() if fresh or source is None else ids[source]
    if source is not None:
        ids[source] = target
    patch: dict[str, Any] = {
        "layer_id": layer_id,
        "geometry": item["geometry"],
        "object_type": item["object_type"],
        "name": item["name"][:200],
        "plane": item["plane"],
        "time": item["time"],
        "locked": item["locked"],
    }
    if item["nucleus"] is not None:
        patch["nucleus"] = item["nucleus"]
    if item["parent"] is not None:
        patch["parent_id"] = ids[item["parent"]]
    properties = dict(item["properties"])
    if item["class_name"]:
        class_id = names.ids.get(item["class_name"])
        if class_id is None:
            properties["class"] = item["class_name"]
        else:
            patch["class_id"] = class_id
    patch |= {f"properties.{key}": value for key, value in properties.items()}
    patch |= {f"measurements.{key}": value for key, value in item["measurements"].items()}
    return {
        "op_id": new_id(),
        "entity": "annotation",
        "target": target,
        "kind": "create",
        "base_rev": 0,
        "patch": patch,
    }


def _out(
    answer: Mapping[str, Any],
    asked: Asked,
    canvas: Canvas,
    names: ClassNames,
    goes: list[GoesOut],
    lost: Mapping[str, int],
) -> ImportOut:
    report = answer["report"]
    classes = [
        FoundClassOut(**one, class_id=names.ids.get(one["name"]), new=one["name"] in names.new)
        for one in report["classes"]
    ]
    return ImportOut(
        file_name=asked.file_name,
        format=answer["format"],
        title=answer["title"],
        frame=answer["frame"],
        offset=canvas.offset,
        dry_run=asked.dry_run,
        objects=report["objects"],
        vertices=report["vertices"],
        holes=report["holes"],
        kinds=report["kinds"],
        object_types=report["object_types"],
        classes=classes,
        goes=goes,
        lost=[LostOut(what=what, count=count) for what, count in lost.items()],
        preview=[PreviewOut(**one) for one in answer["preview"]] if asked.dry_run else [],
    )
