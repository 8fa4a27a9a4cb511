"""What is drawn on a slide, written as a file of another program."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.exchange_errors import AnnotationFormatUnknown
from coverslip.features.access import Action
from coverslip.features.annotations.authors import sit_down
from coverslip.features.annotations.classes import classes_of_slide
from coverslip.features.annotations.exchange import (
    EXPORTED,
    AnnotationFormat,
    Canvas,
    Frame,
    Item,
    Report,
    format_named,
    from_wire,
)
from coverslip.features.annotations.exchange.formats import Writer
from coverslip.features.annotations.importing import canvas_of
from coverslip.features.annotations.reading import Wanted, snapshot
from coverslip.features.identity import Viewer
from coverslip.infra.runtime import Runtime

PIECE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Exported:
    """A file about to be written."""

    format: AnnotationFormat
    canvas: Canvas
    items: list[Item]
    report: Report

    @property
    def file_name(self) -> str:
        """What it is called."""
        stem = self.canvas.name.rpartition(".")[0] or self.canvas.name
        return f"{stem}{self.format.suffix}"

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes in pieces worth sending."""
        held = bytearray()
        for part in writer_of(self.format)(iter(self.items), self.canvas, self.report):
            held += part
            if len(held) >= PIECE:
                yield bytes(held)
                held.clear()
        yield bytes(held)


def export_slide(
    session: Session,
    runtime: Runtime,
    viewer: Viewer,
    slide_id: str,
    format_name: str,
    *,
    frame: Frame | None = None,
    wanted: Wanted | None = None,
) -> Exported:
    """Gather what a viewer may see of a slide's drawn objects, ready to be written.

    Raises
    ------
    NotFound, Forbidden
    AnnotationFormatUnknown
        There is no such format, or it is read only.
    """
    found = format_named(format_name)
    writer_of(found)  # before anything is gathered
    desk = sit_down(session, viewer, slide_id)
    desk.check(Action.EXPORT)
    canvas = canvas_of(session, runtime, viewer, slide_id)
    seen = snapshot(session, viewer, slide_id, wanted)
    if (
        wanted is not None
        and wanted.layer_id is not None
        and all(one["layer_id"] != wanted.layer_id for one in seen.layers)
    ):
        raise NotFound
    classes = {one.class_id: (one.name, one.colour) for one in classes_of_slide(session, viewer, slide_id).classes}
    layers = {one["layer_id"]: one["name"] for one in seen.layers}
    dx, dy = canvas.offset if (frame or found.frame) == "cropped" else (0.0, 0.0)
    decode = msgspec.json.Decoder().decode
    items = [_item(decode(text), classes, layers, dx, dy) for text in seen.annotations]
    return Exported(found, canvas, items, Report())


def writer_of(found: AnnotationFormat) -> Writer:
    """Return what writes a format.

    Raises
    ------
    AnnotationFormatUnknown
    """
    if found.write is None:
        raise AnnotationFormatUnknown(f"{found.title} is read only; files are written as {', '.join(EXPORTED)}.")
    return found.write


def _item(
    doc: dict[str, Any], classes: dict[str, tuple[str, str]], layers: dict[str, str], dx: float, dy: float
) -> Item:
    properties = dict(doc["properties"])
    name, colour = classes.get(doc["class_id"] or "", (doc["class_id"], None))
    if name is None and isinstance(properties.get("class"), str):
        name = properties.pop("class")
    nucleus = doc["nucleus"]
    return Item(
        shape=from_wire(doc["geometry"]).moved(-dx, -dy),
        nucleus=None if nucleus is None else from_wire(nucleus).moved(-dx, -dy),
        object_type=doc["object_type"],
        class_name=name,
        colour=colour,
        source_id=doc["annotation_id"],
        parent=doc["parent_id"],
        name=doc["name"],
        properties=properties,
        measurements=doc["measurements"],
        plane=doc["plane"],
        time=doc["time"],
        locked=doc["locked"],
        layer=layers.get(doc["layer_id"]),
    )
