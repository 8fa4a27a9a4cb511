"""Layers: the sheets on which drawn objects, results and overlays lie.

A private layer is there for its owner only: not in the snapshot, the journal, the live feed, in what
is found or exported. Nobody else can make it visible.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.annotation_errors import IdTaken, LayerUnknown, NotYours
from coverslip.core.errors import InvalidRequest
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.access import Action, shows_annotations
from coverslip.features.annotations import store_layers
from coverslip.features.annotations.authors import Desk, sit_down
from coverslip.features.annotations.checking import text_value
from coverslip.features.annotations.models import LayerRow
from coverslip.features.annotations.schemas import LayerIn, LayerPatch
from coverslip.features.annotations.store import text_of
from coverslip.features.identity import Viewer
from coverslip.features.slides import place_of, storable
from coverslip.infra import journal
from coverslip.infra.audit import AuditEvent, record, value_hash
from coverslip.infra.journal import JournalEntry, stamp

MOST_LAYERS: Final = 200
LONGEST_NAME: Final = 200
_SHOWN: Final = ("name", "visibility", "locked", "opacity", "order", "deleted")


def layer_doc(row: LayerRow) -> dict[str, Any]:
    """Return a layer as the wire writes it."""
    return {
        "layer_id": row.layer_id,
        "slide_id": row.slide_id,
        "name": row.name,
        "owner_id": row.owner_id,
        "owner_name": row.owner_name,
        "kind": row.kind,
        "visibility": row.visibility,
        "locked": row.locked,
        "opacity": row.opacity,
        "order": row.position,
        "created_at": stamp(row.created_at),
        "rev": row.rev,
        "deleted": row.deleted,
        "object_count": row.object_count,
        "info": json.loads(row.info),
    }


def private_to(row: LayerRow) -> str | None:
    """Return the one who may see a layer and what lies on it; None for everybody who sees the slide."""
    return row.owner_id if row.visibility == "private" else None


def visible_layers(session: Session, viewer: Viewer, slide_id: str) -> list[LayerRow]:
    """Return the layers of a slide that a viewer may see, from the bottom up.

    Raises
    ------
    NotFound, Forbidden
    """
    desk = sit_down(session, viewer, slide_id)
    return store_layers.layers(session, slide_id, desk.author_id)


def list_layers(session: Session, viewer: Viewer, slide_id: str, *, deleted: bool = False) -> list[dict[str, Any]]:
    """Return a slide's layers as the wire writes them; how many objects lie on drawn ones is counted."""
    if not shows_annotations(session, viewer):
        place_of(session, viewer, slide_id)
        return []
    desk = sit_down(session, viewer, slide_id)
    counts = store_layers.object_counts(session, slide_id)
    rows = store_layers.layers(session, slide_id, desk.author_id, deleted=deleted)
    items = [
        {**found, "object_count": counts.get(row.layer_id, 0)} if row.kind == "drawn" else found
        for row in rows
        for found in [layer_doc(row)]
    ]
    if viewer.kind != "share":
        return items
    # A link shows slides, no people.
    return [one if one["owner_id"] == desk.author_id else {**one, "owner_name": ""} for one in items]


def get_layer(session: Session, desk: Desk, layer_id: str, *, deleted: bool = False) -> LayerRow:
    """Return a layer that somebody may see.

    Raises
    ------
    LayerUnknown
    """
    row = store_layers.layer(session, desk.slide_id, layer_id) if storable(layer_id) else None
    hidden = row is None or private_to(row) not in (None, desk.author_id)
    if row is None or hidden or (row.deleted and not deleted):
        raise LayerUnknown
    return row


def create_layer(
    session: Session,
    viewer: Viewer,
    slide_id: str,
    wanted: LayerIn,
    *,
    kind: str = "drawn",
    object_count: int | None = None,
    info: Mapping[str, Any] | None = None,
    guest_name: str | None = None,
    now: datetime | None = None,
) -> LayerRow:
    """Make a layer; made again by the same person it is the one that is there.

    Raises
    ------
    NotFound, Forbidden
    IdTaken
        Somebody else's layer has this id.
    InvalidRequest
        The slide has as many layers as it may have.
    """
    desk = sit_down(session, viewer, slide_id, guest_name)
    desk.check(Action.ANNOTATE)
    journal.lock(session, slide_id)
    known = None if wanted.layer_id is None else store_layers.layer(session, slide_id, wanted.layer_id)
    if known is not None:
        if known.owner_id != desk.author_id or known.kind != kind:
            raise IdTaken
        return known
    if store_layers.count_layers(session, slide_id) >= MOST_LAYERS:
        raise InvalidRequest(f"A slide may have {MOST_LAYERS} layers.")
    row = LayerRow(
        layer_id=wanted.layer_id or new_id(),
        slide_id=slide_id,
        name=_name(wanted.name),
        owner_id=desk.author_id,
        owner_name=desk.author.name,
        kind=kind,
        visibility=wanted.visibility,
        locked=False,
        opacity=wanted.opacity,
        position=store_layers.next_position(session, slide_id) if wanted.order is None else wanted.order,
        created_at=now or utc_now(),
        rev=1,
        deleted=False,
        object_count=object_count,
        info=text_of(dict(info or {})),
        audit_key=os.urandom(32),
    )
    store_layers.add(session, row)
    patch = {key: value for key, value in layer_doc(row).items() if key not in ("layer_id", "rev")}
    _write(session, desk, row, _entry(desk, row, "create", patch, {"deleted": True}, row.created_at))
    _record(session, desk, "layer.created", row)
    return row


def change_layer(
    session: Session, viewer: Viewer, slide_id: str, layer_id: str, patch: LayerPatch, now: datetime | None = None
) -> LayerRow:
    """Rename, lock, fade, move, hide, show a layer, or bring a deleted one back.

    Raises
    ------
    NotFound, Forbidden
    NotYours
        Only the owner says who sees a layer; who may edit the slide changes the rest.
    """
    desk = sit_down(session, viewer, slide_id)
    journal.lock(session, slide_id)
    row = get_layer(session, desk, layer_id, deleted=True)
    said = patch.model_dump(exclude_unset=True)
    own = row.owner_id == desk.author_id
    desk.check(Action.ANNOTATE)
    if not own and not desk.may(Action.EDIT):
        raise NotYours
    if not own and "visibility" in said and said["visibility"] != row.visibility:
        raise NotYours("Only the owner of a layer says who sees it.")
    if not own and "deleted" in said:
        desk.check(Action.MANAGE)
    if "name" in said:
        said["name"] = _name(said["name"])
    return _changed(session, desk, row, said, now or utc_now())


def delete_layer(
    session: Session, viewer: Viewer, slide_id: str, layer_id: str, now: datetime | None = None
) -> LayerRow:
    """Put a layer with all that lies on it into the trash: its owner, or who manages the slide.

    Raises
    ------
    NotFound, Forbidden
    """
    desk = sit_down(session, viewer, slide_id)
    journal.lock(session, slide_id)
    row = get_layer(session, desk, layer_id)
    desk.check(Action.ANNOTATE if row.owner_id == desk.author_id else Action.MANAGE)
    return _changed(session, desk, row, {"deleted": True}, now or utc_now())


def hand_over(session: Session, row: LayerRow, owner_id: str, owner_name: str, by: Viewer) -> None:
    """Make somebody else the owner of a layer; what is private becomes theirs to see."""
    row.owner_id, row.owner_name = owner_id, owner_name
    row.rev += 1
    session.flush()
    journal.set_audience(session, row.slide_id, row.layer_id, private_to(row))
    patch = {"owner_id": owner_id, "owner_name": owner_name}
    entry = JournalEntry(
        op_id=new_id(),
        entity="layer" if row.kind == "drawn" else "result_layer",
        target=row.layer_id,
        kind="change" if row.visibility == "project" else "restore",
        author_id=by.person_id,
        author_name=by.name,
        at=utc_now(),
        base_rev=row.rev - 1,
        rev=row.rev,
        patch=patch if row.visibility == "project" else _whole(row),
        layer_id=row.layer_id,
        private_to=private_to(row),
    )
    journal.append(session, row.slide_id, [entry])


def _changed(session: Session, desk: Desk, row: LayerRow, said: Mapping[str, Any], now: datetime) -> LayerRow:
    old = layer_doc(row)
    changes = {key: value for key, value in said.items() if key in _SHOWN and old[key] != value}
    if not changes:
        return row
    for key, value in changes.items():
        setattr(row, "position" if key == "order" else key, value)
    row.rev += 1
    session.flush()
    before = {key: old[key] for key in changes}
    if "visibility" in changes:
        journal.set_audience(session, row.slide_id, row.layer_id, private_to(row))
        _show_or_hide(session, desk, row, before, now)
    else:
        back = before.get("deleted") is True
        kind = "restore" if back else "delete" if changes.get("deleted") else "change"
        patch = _whole(row) if back else changes
        _write(session, desk, row, _entry(desk, row, kind, patch, before, now))
    _record(session, desk, "layer.deleted" if changes.get("deleted") else "layer.changed", row)
    return row


def _show_or_hide(session: Session, desk: Desk, row: LayerRow, before: Mapping[str, Any], now: datetime) -> None:
    """Write a layer's new visibility: those who may not see it any longer learn only that it is gone."""
    back = _entry(desk, row, "restore", _whole(row), before, now)
    if row.visibility == "project":
        _write(session, desk, row, back)
        return
    gone = replace(_entry(desk, row, "delete", {"deleted": True}, {"deleted": False}, now), layer_id=None)
    _write(session, desk, row, replace(gone, private_to=None), back)


def _whole(row: LayerRow) -> dict[str, Any]:
    return {key: value for key, value in layer_doc(row).items() if key not in ("layer_id", "rev")}


def _entry(
    desk: Desk, row: LayerRow, kind: str, patch: Mapping[str, Any], before: Mapping[str, Any], now: datetime
) -> JournalEntry:
    return JournalEntry(
        op_id=new_id(),
        entity="layer" if row.kind == "drawn" else "result_layer",
        target=row.layer_id,
        kind=kind,
        author_id=desk.author_id,
        author_name=desk.author.name,
        at=now,
        base_rev=row.rev - 1,
        rev=row.rev,
        patch=patch,
        before=before,
        layer_id=row.layer_id,
        private_to=private_to(row),
    )


def _write(session: Session, desk: Desk, row: LayerRow, *entries: JournalEntry) -> None:
    journal.append(session, row.slide_id, entries)


def _name(text: str) -> str:
    return text_value(text, LONGEST_NAME, "name of a layer").replace("\n", " ").strip() or "Annotations"


def _record(session: Session, desk: Desk, action: str, row: LayerRow) -> None:
    detail = {"layer_id": row.layer_id, "rev": row.rev, "value_hmac": value_hash(row.audit_key, row.name)}
    viewer = desk.viewer
    record(session, AuditEvent(action, viewer.person_id, viewer.viewer_id, "slide", row.slide_id, detail=detail))
