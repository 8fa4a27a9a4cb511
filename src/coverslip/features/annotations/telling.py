"""Whom a change concerns: who is mentioned or answered, who is asked for a review, whose work was decided on."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.core.errors import CoverslipError
from coverslip.features import access, notices
from coverslip.features.access import Role
from coverslip.features.annotations.batch import Batch
from coverslip.features.notices import NoticeKind
from coverslip.infra.journal import JournalEntry

_DECIDED: Final = ("approved", "rejected")
_REVIEWERS: Final = (Role.REVIEWER, Role.EDITOR, Role.MANAGER)
"""Who looks at what others drew: an annotator draws beside them."""
MOST_ASKED: Final = 50


def tell(session: Session, batch: Batch, entries: Sequence[JournalEntry]) -> None:
    """Tell people what the entries of one transaction mean for them; each is told of one object once."""
    asked: dict[str | None, JournalEntry] = {}
    for entry in entries:
        if entry.entity == "comment":
            _comment(session, batch, entry)
        elif "review" in entry.patch and entry.kind == "change":
            if entry.patch["review"] == "in_review":
                asked.setdefault(entry.private_to, entry)
            else:
                _decided(session, batch, entry)
    for entry in asked.values():  # of fifty objects at once nobody wants fifty notices
        _asked(session, batch, entry)


def _comment(session: Session, batch: Batch, entry: JournalEntry) -> None:
    held = batch.held("comment", entry.target)
    if held is None or held.doc["deleted"]:
        return
    mentioned = [one for one in entry.patch.get("mentions") or () if one not in (entry.before.get("mentions") or ())]
    _say(session, batch, entry, mentioned, NoticeKind.MENTION, doc=held.doc)
    if entry.kind == "create" and held.doc["thread_id"] != entry.target:
        first = batch.held("comment", held.doc["thread_id"])
        if first is not None and first.doc["author_id"] not in mentioned:
            _say(session, batch, entry, [first.doc["author_id"]], NoticeKind.REPLY, doc=held.doc)


def _decided(session: Session, batch: Batch, entry: JournalEntry) -> None:
    held, review = batch.held("annotation", entry.target), entry.patch["review"]
    if held is not None and review in _DECIDED:
        author = [held.doc["author_id"]]
        _say(session, batch, entry, author, NoticeKind.REVIEW_DECIDED, annotation_id=entry.target, word=review)


def _asked(session: Session, batch: Batch, entry: JournalEntry) -> None:
    """Ask for a review: nobody is named, so those are told who are there to review."""
    reviewers = _reviewers(session, batch)
    if not reviewers:
        held = batch.held("annotation", entry.target)
        try:
            reviewers = [] if held is None else [batch.layer(held.doc["layer_id"]).owner_id]
        except CoverslipError:
            return
    _say(session, batch, entry, reviewers, NoticeKind.REVIEW_ASKED, annotation_id=entry.target)


def _reviewers(session: Session, batch: Batch) -> list[str]:
    """Return who reviews on this slide beside who asks: people named there or above; without any, those of groups."""
    asker = batch.desk.author_id
    members = access.members_at(session, batch.desk.place.scope_id)
    fit = [one for one in members if one.standing.role in _REVIEWERS and one.person.subject_id != asker]
    named = [one for one in fit if one.directly] or fit
    return [one.person.subject_id for one in named][:MOST_ASKED]


def _say(
    session: Session,
    batch: Batch,
    entry: JournalEntry,
    person_ids: Collection[str],
    kind: NoticeKind,
    *,
    doc: Any = None,
    annotation_id: str | None = None,
    word: str = "",
) -> None:
    """Tell people, but nobody of what only somebody else may see."""
    allowed = [one for one in person_ids if entry.private_to in (None, one)]
    if allowed:
        desk = batch.desk
        notices.tell(
            session,
            allowed,
            kind,
            by=desk.viewer,
            by_name=desk.author.name,
            scope_id=desk.place.scope_id,
            slide_id=desk.slide_id,
            annotation_id=annotation_id if doc is None else doc["on"].get("annotation_id"),
            comment_id=None if doc is None else doc["comment_id"],
            word=word,
        )
