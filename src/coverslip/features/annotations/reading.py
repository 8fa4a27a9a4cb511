"""Reading what was drawn: as it is, as it was at any moment, and how it came to be."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.features.access import shows_annotations
from coverslip.features.annotations import store, store_layers
from coverslip.features.annotations.authors import Desk, author_of, sit_down
from coverslip.features.annotations.layers import layer_doc
from coverslip.features.annotations.ops import Doc, apply_entry, empty_state, shown
from coverslip.features.identity import Viewer
from coverslip.features.slides import place_of, storable
from coverslip.infra import journal

PAUSE: Final = timedelta(minutes=1)
MOST_PARTS: Final = 2_000
_NAMES: Final = ("author_name", "owner_name")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which annotations are meant; None means any."""

    layer_id: str | None = None
    class_id: str | None = None
    author_id: str | None = None
    review: str | None = None
    deleted: bool = False

    def fits(self, doc: Doc) -> bool:
        """Whether an annotation is meant."""
        names = ("layer_id", "class_id", "author_id", "review")
        return all(getattr(self, name) in (None, doc[name]) for name in names)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A slide's annotations and comments as JSON texts, its layers, and the last number of the journal."""

    annotations: list[str]
    comments: list[str]
    layers: list[dict[str, Any]]
    seq: int

    def text(self) -> bytes:
        """Return it as the wire writes it; nothing is built that lies ready."""
        parts = (
            '{"annotations":[',
            ",".join(self.annotations),
            '],"comments":[',
            ",".join(self.comments),
            '],"layers":',
            store.text_of(self.layers),
            f',"seq":{self.seq}}}',
        )
        return "".join(parts).encode("ascii")


def snapshot(
    session: Session, viewer: Viewer, slide_id: str, wanted: Wanted | None = None, *, at_seq: int | None = None
) -> Snapshot:
    """Return what is on a slide, or what was on it when its journal stood at ``at_seq``.

    Raises
    ------
    NotFound
    """
    wanted = wanted or Wanted()
    if not shows_annotations(session, viewer):
        place_of(session, viewer, slide_id)
        return Snapshot([], [], [], 0)
    desk = sit_down(session, viewer, slide_id)
    found = _now(session, desk, wanted) if at_seq is None else _then(session, desk, wanted, at_seq)
    return found if viewer.kind != "share" else _nameless(found, desk.author_id)


def seq_at(session: Session, slide_id: str, at: datetime) -> int:
    """Return where a slide's journal stood at a moment."""
    return journal.seq_at(session, slide_id, at)


def journal_page(session: Session, viewer: Viewer, slide_id: str, after: int, limit: int) -> dict[str, Any]:
    """Return what a viewer may know of what happened after a ``seq``, and how far that looks.

    Raises
    ------
    NotFound
    """
    if not shows_annotations(session, viewer):
        place_of(session, viewer, slide_id)
        return {"entries": [], "seq": 0}
    desk = sit_down(session, viewer, slide_id)
    head = journal.head(session, slide_id)
    entries = journal.after(session, slide_id, after, limit, reader=desk.author_id)
    return {
        "entries": [entry_doc(one, viewer) for one in entries],
        "seq": entries[-1].seq if len(entries) == limit else max(head, after),
    }


def entry_doc(entry: journal.JournalEntry, viewer: Viewer) -> dict[str, Any]:
    """Return an entry as the wire writes it for a viewer: a link shows slides, no people."""
    found = entry.wire()
    if viewer.kind != "share":
        return found
    own = author_of(viewer).author_id
    found = _without_names(found, own)
    return {**found, "patch": _without_names(found["patch"], own), "before": _without_names(found["before"], own)}


def history(session: Session, viewer: Viewer, slide_id: str, annotation_id: str) -> dict[str, Any]:
    """Return all that happened to one annotation, oldest first.

    Raises
    ------
    NotFound
        There never was such a one, or it lies on a layer that the viewer may not see.
    """
    if not (storable(annotation_id) and shows_annotations(session, viewer)):
        raise NotFound
    desk = sit_down(session, viewer, slide_id)
    held = store.held(session, "annotation", slide_id, {annotation_id}).get(annotation_id)
    seen = {row.layer_id for row in store_layers.layers(session, slide_id, desk.author_id, deleted=None)}
    if held is None or held[0]["layer_id"] not in seen:
        raise NotFound
    entries = journal.of_target(session, slide_id, annotation_id, desk.author_id)
    return {"entries": [entry_doc(one, viewer) for one in entries], "seq": journal.head(session, slide_id)}


def timeline(session: Session, viewer: Viewer, slide_id: str) -> dict[str, Any]:
    """Return when a slide's annotations changed: what one person did without a pause is one part.

    Raises
    ------
    NotFound
    """
    if not shows_annotations(session, viewer):
        place_of(session, viewer, slide_id)
        return {"items": []}
    desk = sit_down(session, viewer, slide_id)
    parts: list[dict[str, Any]] = []
    last: journal.Moment | None = None
    for one in journal.moments(session, slide_id, desk.author_id):
        if last is not None and last.author_id == one.author_id and abs(one.at - last.at) <= PAUSE:
            parts[-1].update(seq=one.seq, at=journal.stamp(one.at), count=parts[-1]["count"] + 1)
        else:
            name = one.author_name if viewer.kind != "share" or one.author_id == desk.author_id else ""
            parts.append({"seq": one.seq, "at": journal.stamp(one.at), "author_name": name, "count": 1})
        last = one
    return {"items": parts[-MOST_PARTS:]}


def _now(session: Session, desk: Desk, wanted: Wanted) -> Snapshot:
    seq = journal.head(session, desk.slide_id)
    rows = store_layers.layers(session, desk.slide_id, desk.author_id)
    meant = [row.layer_id for row in rows if wanted.layer_id in (None, row.layer_id)]
    where = store.matching(
        deleted=wanted.deleted, class_id=wanted.class_id, author_id=wanted.author_id, review=wanted.review
    )
    found = store.bodies(session, desk.slide_id, meant, *where)
    comments = _comments_seen(session, desk, [row.layer_id for row in rows])
    return Snapshot(found, comments, [layer_doc(row) for row in rows], seq)


def _comments_seen(session: Session, desk: Desk, layer_ids: Iterable[str]) -> list[str]:
    """Return comments whose annotation is there and may be seen; those on places, the slide and the case are all."""
    spoken = store.comments(session, desk.slide_id)
    about = {on for text in spoken if (on := json.loads(text)["on"].get("annotation_id")) is not None}
    held = store.held(session, "annotation", desk.slide_id, about) if about else {}
    seen = set(layer_ids)
    there = {key for key, (doc, _) in held.items() if not doc["deleted"] and doc["layer_id"] in seen}
    return [text for text in spoken if json.loads(text)["on"].get("annotation_id") in {None, *there}]


def _then(session: Session, desk: Desk, wanted: Wanted, at_seq: int) -> Snapshot:
    """Replay the journal: the law makes it the state of that moment."""
    state = empty_state()
    while state["seq"] < at_seq:
        page = journal.after(session, desk.slide_id, state["seq"], reader=desk.author_id)
        due = [one for one in page if one.seq <= at_seq]
        for one in due:
            apply_entry(state, one.wire())
        if len(due) < journal.MOST_AT_ONCE:
            break
    seen = {row.layer_id for row in store_layers.layers(session, desk.slide_id, desk.author_id, deleted=None)}
    found = shown(state)
    layers = [
        {**one, "slide_id": desk.slide_id, "rev": one["rev"]} for key, one in found["layers"].items() if key in seen
    ]
    annotations = [one for one in found["annotations"].values() if one["layer_id"] in seen and wanted.fits(one)]
    comments = [store.text_of(one) for one in found["comments"].values()]
    return Snapshot([store.text_of(one) for one in annotations], comments, layers, min(at_seq, state["seq"]))


def _nameless(found: Snapshot, own: str) -> Snapshot:
    return Snapshot(
        [_nameless_text(one, own) for one in found.annotations],
        [_nameless_text(one, own) for one in found.comments],
        [_without_names(one, own) for one in found.layers],
        found.seq,
    )


def _nameless_text(text: str, own: str) -> str:
    return store.text_of(_without_names(json.loads(text), own))


def _without_names(doc: Mapping[str, Any], own: str) -> dict[str, Any]:
    """Return an object without the names of people other than the reader."""
    if own in (doc.get("author_id"), doc.get("owner_id")):
        return dict(doc)
    return {key: "" if key in _NAMES else value for key, value in doc.items()}
