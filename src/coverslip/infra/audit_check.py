"""What was done to the audit trail: edited, deleted, inserted, reordered, cut, written anew.

The chain shows every change that leaves a later record as it was. A chain that was written anew from
some record on fits in itself; only heads that lie elsewhere (:mod:`coverslip.infra.audit_heads`) show it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.orm import Session

from coverslip.infra.audit import Link, content_hash, ends, links
from coverslip.infra.audit_heads import FoundHead

PRUNED: Final = "audit.pruned"
"""The record of what retention took away; the chain may begin only where one says so."""
_SUSPECTS: Final = 2_000
_COMPARED: Final = 200
_NEAR: Final = 32


class Tamper(StrEnum):
    """What was done."""

    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT = "cut"
    REWRITTEN = "rewritten"
    HEAD_FORGED = "head_forged"


_ONE: Final[Mapping[Tamper, str]] = {
    Tamper.EDITED: "Record {first} was edited.",
    Tamper.DELETED: "Record {first} was deleted.",
    Tamper.INSERTED: "Record {first} was inserted.",
    Tamper.REORDERED: "Record {first} stands in another record's place.",
    Tamper.CUT: "Record {first} was cut off the end.",
}
_MANY: Final[Mapping[Tamper, str]] = {
    Tamper.EDITED: "Records {first} to {last} were edited.",
    Tamper.DELETED: "Records {first} to {last} were deleted.",
    Tamper.INSERTED: "Records {first} to {last} were inserted.",
    Tamper.REORDERED: "Records {first} to {last} stand in other records' places.",
    Tamper.CUT: "Records {first} to {last} were cut off the end.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``first`` and ``last`` are numbers of records."""

    tamper: Tamper
    first: int
    last: int
    text: str


@dataclass(slots=True)
class Report:
    """What a check found.

    Attributes
    ----------
    checked : int
        Records that were looked at.
    first_no, last_no : int
        The first and the last of them; both 0 when there are none.
    findings : list of Finding
        Empty: everything fits.
    vouched_no, vouched_at : int, str or None
        Up to which record a head from elsewhere vouches, and when it was signed.
    heads : int
        How many heads fit.
    """

    checked: int = 0
    first_no: int = 0
    last_no: int = 0
    findings: list[Finding] = field(default_factory=list)
    vouched_no: int = 0
    vouched_at: str | None = None
    heads: int = 0


def check_trail(session: Session, heads: Sequence[FoundHead] = (), public_key: str | None = None) -> Report:
    """Walk the whole chain, compare it with heads, and say what was done to it.

    Parameters
    ----------
    heads : sequence of FoundHead
        From a second place.
    public_key : str or None
        The key that must have signed them (hex); None takes any.
    """
    walk = _Walk(session, heads, public_key)
    return walk.report()


@dataclass(slots=True)
class _Suspect:
    values: dict[str, Any]
    link: Link
    came_from: int | None = None

    @property
    def no(self) -> int:
        return self.link.no


class _Walk:
    """One pass over the chain."""

    def __init__(self, session: Session, heads: Sequence[FoundHead], public_key: str | None) -> None:
        self._session = session
        self._report = Report()
        self._head = ends(session)
        self._suspects: list[_Suspect] = []
        self._gaps: list[tuple[int, int]] = []
        self._forged = [one.name for one in heads if one.head is None or public_key not in (None, one.head.public_key)]
        self._heads = [one.head for one in heads if one.head is not None and one.name not in self._forged]
        self._wanted = {head.no: head for head in self._heads}
        self._seen: dict[int, str] = {}
        self._pruned_on_record = self._head.kept_no == 0

    def report(self) -> Report:
        """Walk, then say what was found, by number."""
        last_hash, broken_before = self._look()
        _explain(self._suspects)
        report = self._report
        report.findings += self._findings(last_hash, broken_before)
        report.findings += self._from_heads()
        report.findings.sort(key=lambda finding: (finding.first, finding.last))
        return report

    def _look(self) -> tuple[str, bool]:
        report, last, last_hash, broken = self._report, self._head.kept_no, self._head.kept_hash, False
        for link in links(self._session):
            report.checked += 1
            report.first_no = report.first_no or link.no
            if link.no != last + 1:
                self._gaps.append((last + 1, link.no - 1))
            broken = not link.fits_itself or (not link.fits_before and link.no == last + 1)
            if broken and len(self._suspects) < _SUSPECTS:
                self._suspects.append(_Suspect(dict(link.values), link))
            if link.no in self._wanted:
                self._seen[link.no] = link.values["hash"]
            self._note_pruned(link)
            last, last_hash = link.no, link.values["hash"]
        report.last_no = last if report.checked else 0
        return last_hash, broken

    def _note_pruned(self, link: Link) -> None:
        if link.values["action"] == PRUNED and link.fits_itself:
            detail = link.values["detail"]
            kept = (self._head.kept_no, self._head.kept_hash)
            self._pruned_on_record |= (detail.get("no"), detail.get("hash")) == kept

    def _findings(self, last_hash: str, last_is_suspect: bool) -> Iterator[Finding]:
        head, last = self._head, self._report.last_no or self._head.kept_no
        if not self._pruned_on_record:
            yield _finding(Tamper.DELETED, 1, head.kept_no)
        for first, end in self._gaps:
            yield _finding(Tamper.DELETED, first, end)
        yield from _of_suspects(self._suspects, head.last_no)
        shifts = _shifts(self._suspects)
        if shifts and last + shifts[max(shifts)] == head.last_no:
            return  # what was put in or taken out before explains the number at the end
        if last < head.last_no:
            yield _finding(Tamper.CUT, last + 1, head.last_no)
        elif last > head.last_no:
            yield _finding(Tamper.INSERTED, head.last_no + 1, last)
        elif last_hash != head.last_hash and not last_is_suspect:
            text = f"The end of the chain on record is not record {last}: one of the two was edited."
            yield Finding(Tamper.EDITED, last, last, text)

    def _from_heads(self) -> Iterator[Finding]:
        for name in self._forged:
            text = f"The file {name} is no head that this server signed, or was edited."
            yield Finding(Tamper.HEAD_FORGED, 0, 0, text)
        end = max(self._report.last_no, self._head.kept_no)
        rewritten = cut = None
        for head in sorted(self._heads, key=lambda one: one.no):
            if head.no <= self._head.kept_no:
                continue  # what it vouched for was taken away by retention
            if self._seen.get(head.no) == head.hash:
                self._report.heads += 1
                if rewritten is None:
                    self._report.vouched_no, self._report.vouched_at = head.no, head.at
            elif head.no > end:
                cut = head
            elif rewritten is None and head.no in self._seen:
                rewritten = head
        if rewritten is not None:
            first = self._report.vouched_no + 1
            text = (
                f"Record {rewritten.no} is not the one of the head signed at {rewritten.at}: "
                f"records from {first} on were written anew."
            )
            yield Finding(Tamper.REWRITTEN, first, rewritten.no, text)
        if cut is not None:
            text = f"The trail ends at record {end}, but the head signed at {cut.at} knows {cut.no}: it was cut off."
            yield Finding(Tamper.CUT, end + 1, cut.no, text)


def _explain(suspects: Sequence[_Suspect]) -> None:
    """Find out which records stand under another's number: their hash fits with that number."""
    known = {suspect.no: suspect for suspect in suspects[:_COMPARED]}
    shift = 0
    for suspect in suspects:
        if suspect.link.fits_itself:
            continue
        near = (suspect.no + step for step in (shift, *(sign * by for by in range(1, _NEAR + 1) for sign in (-1, 1))))
        for number in dict.fromkeys([*near, *known]):
            if number != suspect.no and _is_of(suspect, number, known.get(number)):
                suspect.came_from = number
                shift = number - suspect.no
                break


def _is_of(suspect: _Suspect, number: int, there: _Suspect | None) -> bool:
    """Whether a record is the one of another number, with its own hashes or with those left where they were."""
    moved = {**suspect.values, "no": number}
    if content_hash(moved, suspect.values["prev_hash"]) == suspect.values["hash"]:
        return True
    return there is not None and content_hash(moved, there.values["prev_hash"]) == there.values["hash"]


def _of_suspects(suspects: Sequence[_Suspect], last_no: int) -> Iterator[Finding]:
    moved = {suspect.no: suspect.came_from for suspect in suspects if suspect.came_from is not None}
    explained = set(moved)
    if set(moved) == set(moved.values()):
        yield from _runs(Tamper.REORDERED, sorted(moved))
    else:
        for finding in _of_shifts(_shifts(suspects)):
            yield finding
            explained.update(range(finding.first, finding.last + 1) if finding.tamper is Tamper.INSERTED else ())
    unexplained = [one for one in suspects if one.no not in explained]
    edited = (no for no in _edited(unexplained, explained) if no <= last_no)
    yield from _runs(Tamper.EDITED, sorted(set(edited)))


def _shifts(suspects: Sequence[_Suspect]) -> dict[int, int]:
    """Return by how much each record that stands under another's number would have to move back."""
    return {suspect.no: suspect.came_from - suspect.no for suspect in suspects if suspect.came_from is not None}


def _edited(suspects: Sequence[_Suspect], explained: set[int]) -> Iterator[int]:
    """Return which records were edited: one that fits itself but not its predecessor accuses the predecessor."""
    numbers = {suspect.no for suspect in suspects} | explained
    for suspect in suspects:
        if not suspect.link.fits_itself:
            yield suspect.no
        elif suspect.no - 1 not in numbers:
            yield suspect.no - 1


def _of_shifts(shifted: Mapping[int, int]) -> Iterator[Finding]:
    """Return what moved the numbers of all later records: one put in moved them up, one taken out down."""
    before = 0
    for no in sorted(shifted):
        step = shifted[no] - before
        before = shifted[no]
        if step < 0:
            yield _finding(Tamper.INSERTED, no + step, no - 1)
        elif step > 0:
            yield _finding(Tamper.DELETED, no, no + step - 1)


def _runs(tamper: Tamper, numbers: Iterable[int]) -> Iterator[Finding]:
    """Say neighbouring numbers in one sentence."""
    first = last = None
    for number in numbers:
        if first is not None and last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield _finding(tamper, first, last)
        first = last = number
    if first is not None and last is not None:
        yield _finding(tamper, first, last)


def _finding(tamper: Tamper, first: int, last: int) -> Finding:
    text = (_ONE if first == last else _MANY)[tamper].format(first=f"{first:,}", last=f"{last:,}")
    return Finding(tamper, first, last, text)
