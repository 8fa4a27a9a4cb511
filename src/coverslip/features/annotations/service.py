"""Operations on a slide: who may, what they come to, kept in one transaction with their journal entries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.annotation_errors import (
    ClassUnknown,
    LayerUnknown,
    Locked,
    NotYours,
    ParentUnknown,
    PatchRefused,
)
from coverslip.core.errors import CoverslipError, NotFound
from coverslip.core.time import utc_now
from coverslip.features.access import Action
from coverslip.features.annotations.authors import sit_down
from coverslip.features.annotations.batch import Batch, WholeRefused
from coverslip.features.annotations.checking import annotation_patch, comment_patch
from coverslip.features.annotations.classes import check_form, known_classes
from coverslip.features.annotations.ops import Held, Op, merge
from coverslip.features.annotations.schemas import OpIn
from coverslip.features.annotations.telling import tell
from coverslip.features.identity import Viewer
from coverslip.infra import journal
from coverslip.infra.audit import AuditEvent, record

DEEPEST: Final = 50
_DECIDED: Final = ("approved", "rejected")
_NEEDS: Final = {"annotation": Action.ANNOTATE, "comment": Action.COMMENT}


def apply(
    session: Session,
    viewer: Viewer,
    slide_id: str,
    ops: Sequence[OpIn | Mapping[str, Any]],
    *,
    now: datetime | None = None,
    guest_name: str | None = None,
) -> dict[str, Any]:
    """Do operations on a slide, each decided by itself, and return their results and the last ``seq``.

    Raises
    ------
    NotFound
        The viewer may not see the slide.
    Forbidden
        They may do none of these operations.
    TooManyVertices
        The request as a whole brings too many; nothing of it is kept.
    """
    wanted = [one if isinstance(one, OpIn) else OpIn.model_validate(one) for one in ops]
    desk = sit_down(session, viewer, slide_id, guest_name)
    needed = [_NEEDS[one.entity] for one in wanted] or [Action.COMMENT]
    if not any(desk.may(one) for one in needed):
        desk.check(needed[0])
    batch = Batch(session, desk, wanted, now or utc_now())
    deciding = _Deciding(session, batch, wanted)
    for op in wanted:
        try:
            if not batch.repeated(op):
                deciding.decide(op)
        except WholeRefused as refused:
            raise refused.error from None
        except CoverslipError as error:
            batch.refuse(op, error)
    results, head, entries = batch.write()
    if entries:
        tell(session, batch, entries)
        detail = {"first_seq": entries[0].seq, "last_seq": entries[-1].seq, "count": len(entries)}
        event = AuditEvent("annotations.changed", viewer.person_id, viewer.viewer_id, "slide", slide_id, detail=detail)
        record(session, event)
    return {"results": results, "seq": head}


class _Deciding:
    """Decides operations one after the other: form, rights, what they name, then the merge rules."""

    def __init__(self, session: Session, batch: Batch, ops: Sequence[OpIn]) -> None:
        self._session, self._batch, self._desk = session, batch, batch.desk
        undone = {one.undo_of for one in ops if one.undo_of is not None}
        self._undo = journal.entries_at(session, batch.desk.slide_id, undone)
        self._classes: Mapping[str, Mapping[str, Any]] | None = None

    def decide(self, op: OpIn) -> None:
        """Decide one.

        Raises
        ------
        CoverslipError
            It is refused.
        """
        self._desk.check(_NEEDS[op.entity])
        create = op.kind == "create"
        held = self._batch.held(op.entity, op.target)
        if op.entity == "annotation":
            patch = annotation_patch(op.patch, self._desk.place.extent, create=create) if _says(op) else {}
            self._batch.count_vertices(patch)
            self._check_annotation(op, held, patch)
        else:
            patch = comment_patch(op.patch, create=create) if _says(op) else {}
            patch = self._checked_comment(op, held, patch)
        undone = self._undone(op)
        plain = Op(op.op_id, op.entity, op.target, op.kind, op.base_rev, patch, op.undo_of is not None, undone)
        own = self._batch.own_variant(op) if op.entity == "annotation" else None
        self._batch.take(op, merge(held, plain, self._desk.author_id, own))

    def _undone(self, op: OpIn) -> dict[str, Any] | None:
        found = None if op.undo_of is None else self._undo.get(op.undo_of)
        return None if found is None else found.wire()

    # --- annotations --------------------------------------------------------------------------------

    def _check_annotation(self, op: OpIn, held: Held | None, patch: Mapping[str, Any]) -> None:
        if op.kind != "create":
            if held is None or not self._batch.sees(held):
                raise NotFound("There is no such annotation on this slide, or you may not see it.")
            self._check_rights(held, patch)
            if self._batch.layer(held.doc["layer_id"]).locked:
                raise Locked("The layer is locked; unlock it first.")
            moves = patch.get("layer_id", held.doc["layer_id"]) != held.doc["layer_id"]
        else:
            moves = True
            self._check_correction(patch)
        if moves:
            self._check_layer(patch, held)
        if patch.get("parent_id") is not None:
            self._check_parent(op.target, patch["parent_id"])
        self._check_class(held, patch)
        if patch.get("review") in _DECIDED and (held is None or held.doc["review"] != patch["review"]):
            self._desk.check(Action.EDIT)

    def _check_rights(self, held: Held, patch: Mapping[str, Any]) -> None:
        if held.doc["author_id"] != self._desk.author_id and not self._desk.may(Action.EDIT):
            raise NotYours

    def _check_layer(self, patch: Mapping[str, Any], held: Held | None) -> None:
        layer = self._batch.layer(patch["layer_id"])
        if layer.kind != "drawn":
            raise LayerUnknown("Only a drawn layer takes annotations.")
        if layer.locked:
            raise Locked("The layer is locked; unlock it first.")

    def _check_correction(self, patch: Mapping[str, Any]) -> None:
        corrects = patch.get("corrects")
        if corrects is None:
            return
        result = self._batch.layer(corrects["layer_id"])
        if result.kind != "result" or corrects["object_no"] >= (result.object_count or 0):
            raise PatchRefused("There is no such object on a result layer of this slide.")

    def _check_parent(self, target: str, parent_id: str) -> None:
        above: str | None = parent_id
        for _ in range(DEEPEST):
            if above is None:
                return
            held = self._batch.held("annotation", above)
            if above == target or (above == parent_id and (held is None or not self._batch.sees(held))):
                raise ParentUnknown
            above = None if held is None else held.doc["parent_id"]
        raise ParentUnknown(f"Objects lie at most {DEEPEST} deep in each other.")

    def _check_class(self, held: Held | None, patch: Mapping[str, Any]) -> None:
        was = None if held is None else held.doc["class_id"]
        class_id = patch.get("class_id", was)
        said = {key.partition(".")[2]: value for key, value in patch.items() if key.startswith("properties.")}
        said |= patch.get("properties", {})
        if class_id is None or (class_id == was and not said):
            return
        if self._classes is None:
            self._classes = known_classes(self._session, self._desk.place.project_id)
        known = self._classes.get(class_id)
        if known is None and class_id != was:
            raise ClassUnknown
        form = None if known is None else known["form"]
        if form is not None:
            check_form(form, said)

    # --- comments -----------------------------------------------------------------------------------

    def _checked_comment(self, op: OpIn, held: Held | None, patch: dict[str, Any]) -> dict[str, Any]:
        """Return a comment's patch with its thread, if the author may say this."""
        if op.kind == "create":
            return self._in_thread(op, patch)
        if held is None or not self._sees_place(held.doc["on"]):
            raise NotFound("There is no such comment on this slide, or you may not see it.")
        own = held.doc["author_id"] == self._desk.author_id
        words = op.kind == "restore" or not patch.keys() <= {"resolved", "deleted"}
        takes_away = op.kind == "delete" or "deleted" in patch
        if not own and (words or (takes_away and not self._desk.may(Action.EDIT))):
            raise NotYours("Somebody else wrote this comment.")
        return patch

    def _in_thread(self, op: OpIn, patch: dict[str, Any]) -> dict[str, Any]:
        thread_id = patch.get("thread_id", op.target)
        found = {**patch, "thread_id": thread_id}
        if thread_id != op.target:
            first = self._batch.held("comment", thread_id)
            if first is None or first.doc["thread_id"] != thread_id or not self._sees_place(first.doc["on"]):
                raise NotFound("There is no such thread on this slide, or you may not see it.")
            found["on"] = first.doc["on"]
        elif not self._sees_place(patch["on"]):
            raise NotFound("There is no such annotation on this slide, or you may not see it.")
        return found

    def _sees_place(self, on: Mapping[str, Any]) -> bool:
        return on["kind"] != "annotation" or self._batch.sees(self._batch.held("annotation", on["annotation_id"]))


def _says(op: OpIn) -> bool:
    """Whether an operation's patch matters: deleting and restoring say everything by their kind."""
    return op.kind in ("create", "change")
