"""Whatever is done to the trail is found and named, but for a tail that no head vouches for."""

import contextvars
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from coverslip.infra.audit import (
    CONTENT,
    GENESIS,
    AuditEvent,
    AuditHead,
    AuditRow,
    called_by,
    called_from,
    content_hash,
    first_broken,
    record,
)
from coverslip.infra.audit_check import Report, Tamper, check_trail
from coverslip.infra.audit_heads import FoundHead, sign_head
from coverslip.infra.runtime import Runtime

LENGTH = 60
SIGNED = (20, 40)
EDITS: dict[str, Any] = {
    "principal": "somebody else",
    "session_id": "another session",
    "action": "slide.renamed",
    "object_kind": "case",
    "object_id": "another slide",
    "outcome": "denied",
    "detail": {"n": -1},
    "address": "198.51.100.9",
    "token_id": "another token",
    "share_id": "a share",
    "hash": "f" * 64,
    "prev_hash": "e" * 64,
}

Rows = list[dict[str, Any]]
Found = list[tuple[Tamper, int, int]]


@dataclass
class Chain:
    """A trail as an attacker holds it: rows and the row of its ends."""

    rows: Rows
    head: dict[str, Any]

    def renumber(self, start: int, step: int) -> None:
        for row in self.rows[start:]:
            row["no"] += step

    def rehash(self, start: int) -> None:
        """Make everything from here on fit again, the end of the chain included."""
        previous = self.rows[start - 1]["hash"] if start else GENESIS
        for no, row in enumerate(self.rows[start:], start + 1):
            row |= {"no": no, "prev_hash": previous}
            row["hash"] = previous = content_hash(row, previous)
        self.close()

    def close(self) -> None:
        last = self.rows[-1]
        self.head |= {"last_no": last["no"], "last_hash": last["hash"]}

    def write(self, session: Session) -> None:
        session.execute(delete(AuditRow))
        session.execute(insert(AuditRow), self.rows)
        session.execute(update(AuditHead).values(**self.head))


def chain_of(session: Session) -> Chain:
    columns = [getattr(AuditRow, name) for name in (*CONTENT, "prev_hash", "hash")]
    rows = [dict(row) for row in session.execute(select(*columns).order_by(AuditRow.no)).mappings()]
    head = session.execute(select(AuditHead.last_no, AuditHead.last_hash)).mappings().one()
    return Chain(rows, dict(head))


class UndoneError(Exception):
    """Takes a tamper back."""


class Trail:
    """A trail of sixty records, with heads of two moments in a second place."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.heads: list[FoundHead] = []
        contextvars.copy_context().run(self._write)

    def _write(self) -> None:
        runtime = self.runtime
        called_from("203.0.113.7")
        for number in range(1, LENGTH + 1):
            called_by(token_id="token" if number % 3 else None, share_id=None if number % 5 else "share")
            with runtime.db.transaction() as session:
                entry = AuditEvent(
                    "test.write", f"p{number % 4}", "session", "slide", f"s{number}", detail={"n": number}
                )
                record(session, entry)
            if number in SIGNED:
                with runtime.db.read() as session:
                    self.heads.append(FoundHead(f"{number}.json", sign_head(session, runtime.settings.data)))

    def after(self, change: Callable[[Chain], None], heads: Sequence[FoundHead] | None = None) -> Report:
        """Check the trail after a change, which is taken back again."""
        report = Report()
        with suppress(UndoneError), self.runtime.db.transaction() as session:
            chain = chain_of(session)
            change(chain)
            chain.write(session)
            report = check_trail(session, self.heads if heads is None else heads)
            assert (first_broken(session) is None) or report.findings, "the two walks agree that something is wrong"
            raise UndoneError
        return report

    def found(self, change: Callable[[Chain], None], heads: Sequence[FoundHead] | None = None) -> Found:
        return [(one.tamper, one.first, one.last) for one in self.after(change, heads).findings]


@pytest.fixture
def trail(runtime: Runtime) -> Trail:
    return Trail(runtime)


def test_a_sound_trail_fits_and_is_vouched_for(trail: Trail) -> None:
    report = trail.after(lambda chain: None)
    assert (report.findings, report.checked, report.first_no, report.last_no) == ([], LENGTH, 1, LENGTH)
    assert (report.vouched_no, report.heads) == (40, 2)
    assert report.vouched_at is not None


def test_an_empty_trail_fits(runtime: Runtime) -> None:
    with runtime.db.read() as session:
        report = check_trail(session)
    assert (report.findings, report.checked) == ([], 0)


@pytest.mark.parametrize("column", EDITS)
def test_an_edit_is_found_at_its_record(trail: Trail, column: str) -> None:
    assert trail.found(lambda chain: chain.rows[16].update({column: EDITS[column]})) == [(Tamper.EDITED, 17, 17)]


def test_a_record_that_was_hashed_anew_is_found_by_the_next(trail: Trail) -> None:
    def edit(chain: Chain) -> None:
        row = chain.rows[16]
        row["principal"] = "somebody else"
        row["hash"] = content_hash(row, row["prev_hash"])

    assert trail.found(edit, heads=()) == [(Tamper.EDITED, 17, 17)]


def test_a_deletion_is_found_and_so_is_one_that_was_covered_up(trail: Trail) -> None:
    def delete_three(chain: Chain) -> None:
        del chain.rows[9:12]

    def cover_up(chain: Chain) -> None:
        delete_three(chain)
        chain.renumber(9, -3)
        chain.close()

    def forget_one(chain: Chain) -> None:
        del chain.rows[9]
        chain.renumber(9, -1)

    assert trail.found(delete_three) == [(Tamper.DELETED, 10, 12)]
    assert (Tamper.DELETED, 10, 12) in trail.found(cover_up)
    assert trail.found(forget_one, heads=()) == [(Tamper.DELETED, 10, 10)]


def test_an_insertion_is_found_in_the_middle_and_at_the_end(trail: Trail) -> None:
    def forged(chain: Chain, no: int) -> dict[str, Any]:
        before = chain.rows[no - 2]
        row = {**before, "no": no, "object_id": "invented", "prev_hash": before["hash"]}
        return {**row, "hash": content_hash(row, row["prev_hash"])}

    def in_the_middle(chain: Chain) -> None:
        row = forged(chain, 30)
        chain.renumber(29, 1)
        chain.rows.insert(29, row)

    def at_the_end(chain: Chain) -> None:
        chain.rows.append(forged(chain, LENGTH + 1))

    assert trail.found(in_the_middle, heads=()) == [(Tamper.INSERTED, 30, 30)]
    assert trail.found(at_the_end) == [(Tamper.INSERTED, LENGTH + 1, LENGTH + 1)]


@pytest.mark.parametrize("left", [(), ("hash", "prev_hash")], ids=["with their hashes", "hashes left in place"])
def test_a_new_order_is_found(trail: Trail, left: tuple[str, ...]) -> None:
    def swap(chain: Chain) -> None:
        first, second = chain.rows[4], chain.rows[49]
        for name in set(first) - {"no", *left}:
            first[name], second[name] = second[name], first[name]

    assert trail.found(swap, heads=()) == [(Tamper.REORDERED, 5, 5), (Tamper.REORDERED, 50, 50)]


def test_a_cut_is_found_with_or_without_the_row_of_the_ends(trail: Trail) -> None:
    def cut(chain: Chain) -> None:
        del chain.rows[35:]

    def cut_cleanly(chain: Chain) -> None:
        cut(chain)
        chain.close()

    assert trail.found(cut, heads=()) == [(Tamper.CUT, 36, LENGTH)]
    assert trail.found(cut_cleanly, heads=()) == [], "which is why heads are kept elsewhere"
    assert trail.found(cut_cleanly) == [(Tamper.CUT, 36, 40)]


def test_a_trail_written_anew_is_found_by_the_heads(trail: Trail) -> None:
    def rewrite(chain: Chain) -> None:
        chain.rows[24]["object_id"] = "another slide"
        chain.rehash(24)

    assert trail.found(rewrite, heads=()) == [], "it fits in itself"
    assert trail.found(rewrite) == [(Tamper.REWRITTEN, 21, 40)]
    assert trail.after(rewrite).vouched_no == 20


def test_the_text_says_it_in_one_sentence(trail: Trail) -> None:
    def delete_three(chain: Chain) -> None:
        del chain.rows[9:12]

    assert [one.text for one in trail.after(delete_three).findings] == ["Records 10 to 12 were deleted."]


def test_a_head_of_another_server_vouches_for_nothing(trail: Trail) -> None:
    with trail.runtime.db.read() as session:
        assert not check_trail(
            session, trail.heads, trail.heads[0].head.public_key if trail.heads[0].head else None
        ).findings
        report = check_trail(session, trail.heads, "00" * 32)
    assert [one.tamper for one in report.findings] == [Tamper.HEAD_FORGED] * 2
    assert report.vouched_no == 0


def test_the_beginning_may_be_away_only_where_a_record_says_so(trail: Trail) -> None:
    def behead(session: Session) -> None:
        hash_ = session.execute(select(AuditRow.hash).where(AuditRow.no == 5)).scalar_one()
        session.execute(delete(AuditRow).where(AuditRow.no <= 5))
        session.execute(update(AuditHead).values(kept_no=5, kept_hash=hash_))

    with suppress(UndoneError), trail.runtime.db.transaction() as session:
        behead(session)
        found = [(one.tamper, one.first, one.last) for one in check_trail(session).findings]
        assert found == [(Tamper.DELETED, 1, 5)]
        raise UndoneError


# --- by the hundred ----------------------------------------------------------------------------


def _edit(chain: Chain, chance: random.Random) -> None:
    row = chance.choice(chain.rows)
    column = chance.choice([*EDITS, "at"])
    row[column] = row["at"] + timedelta(seconds=1) if column == "at" else EDITS[column]
    if column not in ("hash", "prev_hash") and row is not chain.rows[-1] and chance.random() < 0.5:
        row["hash"] = content_hash(row, row["prev_hash"])


def _delete(chain: Chain, chance: random.Random) -> None:
    at = chance.randrange(len(chain.rows))
    del chain.rows[at : at + chance.randint(1, 3)]
    if chance.random() < 0.5 and at < len(chain.rows):
        chain.renumber(at, at + 1 - chain.rows[at]["no"])


def _insert(chain: Chain, chance: random.Random) -> None:
    at = chance.randint(1, len(chain.rows))
    row = {**chance.choice(chain.rows), "no": at + 1, "prev_hash": chain.rows[at - 1]["hash"]}
    row["hash"] = content_hash(row, row["prev_hash"])
    chain.renumber(at, 1)
    chain.rows.insert(at, row)


def _reorder(chain: Chain, chance: random.Random) -> None:
    places = chance.sample(range(len(chain.rows)), chance.choice((2, 2, 3)))
    names = set(chain.rows[0]) - {"no", *(("hash", "prev_hash") if chance.random() < 0.5 else ())}
    kept = [{name: chain.rows[at][name] for name in names} for at in places]
    for at, values in zip(places, [*kept[1:], kept[0]], strict=True):
        chain.rows[at].update(values)


def _cut(chain: Chain, chance: random.Random) -> None:
    del chain.rows[chance.randint(1, len(chain.rows) - 1) :]
    if chain.rows[-1]["no"] < SIGNED[-1] and chance.random() < 0.5:
        chain.close()  # after the last head this is the one thing that cannot be seen


def _rewrite(chain: Chain, chance: random.Random) -> None:
    at = chance.randrange(SIGNED[-1])
    chain.rows[at]["object_id"] = "another slide"
    chain.rehash(at)


def _forge_end(chain: Chain, chance: random.Random) -> None:
    change = chance.choice(({"last_no": chance.randrange(LENGTH)}, {"last_hash": "d" * 64}, {"last_no": LENGTH + 5}))
    chain.head |= change


KINDS: dict[Tamper | None, Callable[[Chain, random.Random], None]] = {
    Tamper.EDITED: _edit,
    Tamper.DELETED: _delete,
    Tamper.INSERTED: _insert,
    Tamper.REORDERED: _reorder,
    Tamper.CUT: _cut,
    Tamper.REWRITTEN: _rewrite,
    None: _forge_end,
}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.full)])
def test_tampers_by_the_hundred_are_all_found(trail: Trail, count: int) -> None:
    named = 0
    for number in range(count):
        chance = random.Random(number)
        kind, tamper = chance.choice(list(KINDS.items()))
        found = trail.found(lambda chain, tamper=tamper, chance=chance: tamper(chain, chance))  # type: ignore[misc]
        assert found, (number, kind)
        named += kind is None or kind in {one for one, _, _ in found}
    # A deletion at the end is a cut, and the like: the words may differ, the finding may not be missing.
    assert named > count * 0.9


def test_a_tail_after_the_last_head_is_the_named_exception(trail: Trail) -> None:
    def cut(chain: Chain) -> None:
        del chain.rows[50:]
        chain.close()

    report = trail.after(cut)
    assert report.findings == []
    assert report.vouched_no == 40, "which is what verify says: after this record nothing is vouched for"
