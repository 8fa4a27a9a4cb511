"""Operations on one slide in one transaction: read what they touch, decide each, write all at once."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.annotation_errors import (
    IdTaken,
    LayerUnknown,
    Locked,
    OpIdReused,
    TooManyVertices,
    UndoConflict,
)
from coverslip.core.errors import CoverslipError, NotFound
from coverslip.features.annotations import store, store_layers
from coverslip.features.annotations.authors import Desk
from coverslip.features.annotations.checking import is_id
from coverslip.features.annotations.geometry import bounds, vertex_count
from coverslip.features.annotations.layers import private_to
from coverslip.features.annotations.models import LayerRow
from coverslip.features.annotations.ops import BASE, Decision, Doc, Draft, Held, after_entry, key_revs_after, whole
from coverslip.features.annotations.schemas import OpIn
from coverslip.infra import journal
from coverslip.infra.journal import JournalEntry

MOST_VERTICES: Final = 1_000_000
_REFUSALS: Final[Mapping[str, type[CoverslipError]]] = {
    "id_taken": IdTaken,
    "not_found": NotFound,
    "undo_conflict": UndoConflict,
    "locked": Locked,
}


class WholeRefused(Exception):
    """The request as a whole cannot be taken; carries what to answer."""

    def __init__(self, error: CoverslipError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(slots=True)
class _Done:
    """What became of an operation, before entries have their numbers."""

    op: OpIn
    result: dict[str, Any]
    entry: int | None = None
    hash: str | None = None
    """Of an operation that was done just now; None for one that was done before or refused."""


class Batch:
    """The objects that some operations touch, and what is to be written of them.

    Parameters
    ----------
    desk : Desk
    ops : sequence of OpIn
    now : datetime
        The time that all entries carry.
    """

    def __init__(self, session: Session, desk: Desk, ops: Sequence[OpIn], now: datetime) -> None:
        self.session, self.desk, self.now = session, desk, now
        self._head = journal.lock(session, desk.slide_id)
        self._known = store.operations(session, desk.slide_id, desk.author_id, {one.op_id for one in ops})
        self._held: dict[str, dict[str, Held]] = {}
        self._stored: dict[str, set[str]] = {}
        self._absent: dict[str, set[str]] = {}
        for entity in ("annotation", "comment"):
            ids = {one.target for one in ops if one.entity == entity} | _named(ops, entity)
            self._held[entity] = self._read(entity, ids) if ids else {}
            self._stored[entity] = set(self._held[entity])
            self._absent[entity] = ids - self._stored[entity]
        self._variants = self._own_variants(ops)
        self._layers: dict[str, LayerRow] | None = None
        self._touched: dict[tuple[str, str], None] = {}
        self._entries: list[JournalEntry] = []
        self._done: list[_Done] = []
        self._vertices = 0

    def _own_variants(self, ops: Sequence[OpIn]) -> dict[tuple[str, int], str]:
        """Return the siblings that the author left, by their target and the base of the operation that made them."""
        changed = {one.target for one in ops if one.entity == "annotation" and one.kind == "change"}
        found: dict[tuple[str, int], str] = {}
        stored = self._held["annotation"]
        for kept in store.variants_of(self.session, self.desk.slide_id, changed, self.desk.author_id):
            held = Held(*kept)
            ident = held.doc["annotation_id"]
            base = held.key_revs.get(BASE, (0, ""))[0]
            stored.setdefault(ident, held)
            self._stored["annotation"].add(ident)
            found[held.doc["variant_of"], base] = ident
        return found

    def _read(self, entity: str, ids: set[str]) -> dict[str, Held]:
        kept = store.held(self.session, entity, self.desk.slide_id, ids)
        return {ident: Held(*one) for ident, one in kept.items()}

    # --- what operations ask about ------------------------------------------------------------------

    def held(self, entity: str, target: str) -> Held | None:
        """Return an object of the slide as it is by now, whoever may see it."""
        table = self._held[entity]
        if target not in table and target not in self._absent[entity]:
            found = self._read(entity, {target})
            table.update(found)
            self._stored[entity].update(found)
            self._absent[entity] |= {target} - found.keys()
        return table.get(target)

    def layer(self, layer_id: str) -> LayerRow:
        """Return a layer that the author may see.

        Raises
        ------
        LayerUnknown
        """
        if self._layers is None:
            rows = store_layers.layers(self.session, self.desk.slide_id, self.desk.author_id)
            self._layers = {row.layer_id: row for row in rows}
        if layer_id not in self._layers:
            raise LayerUnknown
        return self._layers[layer_id]

    def sees(self, held: Held | None) -> bool:
        """Whether the author may see an annotation."""
        try:
            return held is not None and self.layer(held.doc["layer_id"]) is not None
        except LayerUnknown:
            return False

    def own_variant(self, op: OpIn) -> Held | None:
        """Return the live sibling that the author left from the same base."""
        ident = self._variants.get((op.target, op.base_rev))
        held = None if ident is None else self.held("annotation", ident)
        return None if held is None or held.doc["deleted"] else held

    def count_vertices(self, patch: Mapping[str, Any]) -> None:
        """Count what a request brings.

        Raises
        ------
        WholeRefused
            It is too much.
        """
        self._vertices += vertex_count(patch.get("geometry")) + vertex_count(patch.get("nucleus"))
        if self._vertices > MOST_VERTICES:
            raise WholeRefused(TooManyVertices())

    # --- deciding -----------------------------------------------------------------------------------

    def repeated(self, op: OpIn) -> bool:
        """Answer an operation that was done before, and say whether it was.

        Raises
        ------
        OpIdReused
        """
        known = self._known.get(op.op_id)
        if known is None:
            return False
        if known[0] != digest(op):
            raise OpIdReused
        self._done.append(_Done(op, {**known[1], "outcome": "repeated"}))
        return True

    def refuse(self, op: OpIn, error: CoverslipError) -> None:
        """Answer an operation with an error; nothing of it stays."""
        result = _result(op, "refused", seq=self._head, code=error.code, detail=error.message)
        self._done.append(_Done(op, result))

    def take(self, op: OpIn, decision: Decision) -> None:
        """Keep what an operation came to.

        Raises
        ------
        CoverslipError
            It came to nothing; the error says why.
        """
        if decision.code is not None:
            raise _REFUSALS[decision.code]
        rev = decision.rev
        for draft in decision.drafts:
            written = self._put(op, draft)
            if draft.target == op.target:
                rev = written
        result = _result(op, decision.outcome, rev=rev, lost=list(decision.lost), variant_id=decision.variant_id)
        place = len(self._entries) - 1 if decision.drafts else None
        said = digest(op)
        self._done.append(_Done(op, result, place, said))
        self._known[op.op_id] = (said, result)

    def _put(self, op: OpIn, draft: Draft) -> int:
        """Put a draft onto its object and into the journal; return the object's revision."""
        held = self.held(op.entity, draft.target)
        if op.entity == "annotation" and held is not None:
            for part in self._moved(held, draft):
                held = self._write(op, part, held)
        else:
            held = self._write(op, draft, held)
        if draft.variant_of is not None:
            revs = {**held.key_revs, BASE: (op.base_rev, self.desk.author_id)}
            self._held["annotation"][draft.target] = Held(held.doc, revs)
            self._variants[draft.variant_of, op.base_rev] = draft.target
        return held.rev

    def _moved(self, held: Held, draft: Draft) -> list[Draft]:
        """Split what moves an annotation between layers that others see differently: gone there, back here."""
        there = draft.patch.get("layer_id", held.doc["layer_id"])
        if held.doc["deleted"] or there == held.doc["layer_id"]:
            return [draft]
        if private_to(self.layer(there)) == private_to(self.layer(held.doc["layer_id"])):
            return [draft]
        gone = Draft(draft.target, "delete", draft.rev, {"deleted": True}, {"deleted": False})
        moved = whole(after_entry(held.doc, self._entry_doc(draft)) or held.doc)
        return [gone, Draft(draft.target, "restore", draft.rev + 1, moved, draft.before)]

    def _entry_doc(self, draft: Draft) -> Doc:
        author = self.desk.author
        return {
            "entity": "annotation",
            "target": draft.target,
            "kind": draft.kind,
            "patch": draft.patch,
            "rev": draft.rev,
            "at": journal.stamp(self.now),
            "author_id": author.author_id,
            "author_name": author.name,
            "variant_of": draft.variant_of,
        }

    def _write(self, op: OpIn, draft: Draft, held: Held | None) -> Held:
        doc = after_entry(None if held is None else held.doc, {**self._entry_doc(draft), "entity": op.entity})
        if doc is None:
            raise NotFound
        audience = self._audience(op.entity, doc)
        self._entries.append(
            JournalEntry(
                op_id=op.op_id,
                entity=op.entity,
                target=draft.target,
                kind=draft.kind,
                author_id=self.desk.author_id,
                author_name=self.desk.author.name,
                at=self.now,
                base_rev=op.base_rev,
                rev=draft.rev,
                patch=draft.patch,
                before=draft.before,
                variant_of=draft.variant_of,
                layer_id=None if audience is None else audience.layer_id,
                private_to=None if audience is None else private_to(audience),
            )
        )
        found = Held(doc, key_revs_after({} if held is None else held.key_revs, draft, self.desk.author_id))
        self._held[op.entity][draft.target] = found
        self._touched[op.entity, draft.target] = None
        return found

    def _audience(self, entity: str, doc: Doc) -> LayerRow | None:
        """Return the layer that an object belongs to; a comment to that of the annotation that it is on."""
        if entity == "annotation":
            return self.layer(doc["layer_id"])
        if doc["on"]["kind"] != "annotation":
            return None
        about = self.held("annotation", doc["on"]["annotation_id"])
        if about is None:
            raise NotFound
        return self.layer(about.doc["layer_id"])

    # --- writing ------------------------------------------------------------------------------------

    def write(self) -> tuple[list[dict[str, Any]], int, list[JournalEntry]]:
        """Write all; return the results in order, the slide's last ``seq``, and the entries."""
        for entity in ("annotation", "comment"):
            made = [target for one, target in self._touched if one == entity]
            rows = {target: self._row(entity, self._held[entity][target]) for target in made}
            store.write(self.session, entity, [rows[one] for one in made if one not in self._stored[entity]], new=True)
            store.write(self.session, entity, [rows[one] for one in made if one in self._stored[entity]], new=False)
        first = journal.append(self.session, self.desk.slide_id, self._entries) if self._entries else self._head + 1
        head = first + len(self._entries) - 1
        for one in self._done:
            if one.hash is not None:
                one.result["seq"] = self._head if one.entry is None else first + one.entry
        base = {"slide_id": self.desk.slide_id, "author_id": self.desk.author_id}
        fresh = [
            {**base, "op_id": one.op.op_id, "hash": one.hash, "result": store.text_of(one.result)}
            for one in self._done
            if one.hash is not None
        ]
        store.add_operations(self.session, fresh)
        for one in self._done:  # sent twice in one request: the first has its number only now
            if one.result["outcome"] == "repeated":
                one.result["seq"] = self._known[one.op.op_id][1]["seq"]
        return [one.result for one in self._done], head, journal.numbered(self._entries, first)

    def _row(self, entity: str, held: Held) -> dict[str, Any]:
        doc = held.doc
        row = {
            "slide_id": self.desk.slide_id,
            "author_id": doc["author_id"],
            "deleted": doc["deleted"],
            "rev": doc["rev"],
            "created_at": store.moment(doc["created_at"]),
            "changed_at": store.moment(doc["changed_at"]),
            "body": store.text_of(doc),
            "key_revs": store.text_of(held.key_revs),
        }
        if entity == "comment":
            audience = self._audience(entity, doc)
            return {
                **row,
                "comment_id": doc["comment_id"],
                "thread_id": doc["thread_id"],
                "annotation_id": doc["on"].get("annotation_id"),
                "layer_id": None if audience is None else audience.layer_id,
            }
        box = (None,) * 4 if doc["geometry"] is None else bounds(doc["geometry"])
        corrects = doc["corrects"] or {}
        return {
            **row,
            **{name: doc[name] for name in ("annotation_id", "layer_id", "object_type", "parent_id", "class_id")},
            **{name: doc[name] for name in ("review", "variant_of")},
            **dict(zip(("min_x", "min_y", "max_x", "max_y"), box, strict=True)),
            "corrects_layer_id": corrects.get("layer_id"),
            "corrects_object_no": corrects.get("object_no"),
        }


def _named(ops: Sequence[OpIn], entity: str) -> set[str]:
    """Return the ids that operations name beside their targets, so that all are read at once.

    What they say is not checked yet: an id that is none names nothing.
    """
    if entity == "comment":
        found = [one.patch.get("thread_id") for one in ops if one.entity == "comment"]
    else:
        places = [one.patch.get("on") for one in ops if one.entity == "comment"]
        found = [one.get("annotation_id") for one in places if isinstance(one, Mapping)]
        found += [one.patch.get("parent_id") for one in ops if one.entity == "annotation"]
    return {str(one) for one in found if is_id(one)}


def digest(op: OpIn) -> str:
    """Return what an operation does as a hash; what it was based on may be another when it is sent again."""
    said = [op.entity, op.target, op.kind, op.patch, op.undo_of]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _result(op: OpIn, outcome: str, **members: Any) -> dict[str, Any]:
    blank = {"seq": 0, "rev": 0, "lost": [], "variant_id": None, "code": None, "detail": None}
    return {"op_id": op.op_id, "outcome": outcome, **blank, **members}
