"""SQL of searching the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from coverslip.features.operations.actions import HOURLY, KINDS, SEEING, Kind
from coverslip.features.slides import ids_within
from coverslip.infra.audit import AuditRow, Outcome

Condition = ColumnElement[bool]

_LEFT: Final = ("slide.deleted", "slide.moved", "slide.fields_changed")
"""Their detail says of which case a slide was."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are wanted; what is None does not matter.

    Attributes
    ----------
    principals : sequence of str or None
        Ids of people; an empty one finds nothing.
    kind, action : Kind, str or None
    objects : sequence of (kind, id) or None
        Things, those of the catalogue with all that they hold; an empty one finds nothing.
    since, until : datetime or None
        A record that stands for an hour counts where its hour and the span overlap.
    outcome : Outcome or None
    address, share_id : str or None
    """

    principals: Sequence[str] | None = None
    kind: Kind | None = None
    action: str | None = None
    objects: Sequence[tuple[str, str]] | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcome: Outcome | None = None
    address: str | None = None
    share_id: str | None = None


def records(session: Session, wanted: Wanted, before_no: int | None, limit: int) -> list[AuditRow]:
    """Return records, newest first."""
    query = select(AuditRow).where(*_conditions(session, wanted)).order_by(AuditRow.no.desc()).limit(limit)
    if before_no is not None:
        query = query.where(AuditRow.no < before_no)
    return list(session.scalars(query))


def records_after(session: Session, wanted: Wanted, after_no: int, until_no: int, limit: int) -> list[AuditRow]:
    """Return records, oldest first."""
    query = select(AuditRow).where(AuditRow.no > after_no, AuditRow.no <= until_no, *_conditions(session, wanted))
    return list(session.scalars(query.order_by(AuditRow.no).limit(limit)))


def sightings(session: Session, wanted: Wanted) -> list[Any]:
    """Return who saw what is wanted, the last first."""
    who = (AuditRow.principal, AuditRow.share_id, AuditRow.token_id)
    last = func.max(AuditRow.at)
    query = (
        select(
            *who,
            func.min(AuditRow.at).label("first_at"),
            last.label("last_at"),
            func.count().label("records"),
            func.count(AuditRow.object_id.distinct()).label("objects"),
        )
        .where(AuditRow.action.in_(SEEING), AuditRow.outcome == Outcome.DONE, *_conditions(session, wanted))
        .group_by(*who)
        .order_by(last.desc())
    )
    return list(session.execute(query))


def newest(session: Session, action: str) -> AuditRow | None:
    """Return the newest record of an action."""
    return session.scalars(
        select(AuditRow).where(AuditRow.action == action).order_by(AuditRow.no.desc()).limit(1)
    ).first()


def _conditions(session: Session, wanted: Wanted) -> list[Condition]:
    found: list[Condition] = []
    if wanted.principals is not None:
        found.append(AuditRow.principal.in_(wanted.principals))
    if wanted.kind is not None:
        found.append(_of_kind(wanted.kind))
    for column, value in (
        (AuditRow.action, wanted.action),
        (AuditRow.outcome, wanted.outcome),
        (AuditRow.address, wanted.address),
        (AuditRow.share_id, wanted.share_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.objects is not None:
        found.append(or_(false(), *(one for thing in wanted.objects for one in _of_thing(session, *thing))))
    if wanted.since is not None:
        hour = wanted.since.replace(minute=0, second=0, microsecond=0)
        found.append(or_(AuditRow.at >= wanted.since, and_(AuditRow.action.in_(HOURLY), AuditRow.at >= hour)))
        found.append(AuditRow.at >= hour)  # says the same once more, for the index
    if wanted.until is not None:
        found.append(AuditRow.at <= wanted.until)
    return found


def _of_kind(kind: Kind) -> Condition:
    """Return the filter for the actions of a kind; those that an earlier kind takes are not among them."""
    earlier = [one for one in KINDS if list(KINDS).index(one) < list(KINDS).index(kind)]
    taken = [name for one in earlier for name in KINDS[one]]
    fits = or_(*(_begins(name) for name in KINDS[kind]))
    overlapping = [name for name in taken if any(name.startswith(own) for own in KINDS[kind])]
    return and_(fits, *(~_begins(name) for name in overlapping))


def _begins(name: str) -> Condition:
    return AuditRow.action.startswith(name, autoescape=True) if name.endswith(".") else AuditRow.action == name


def _of_thing(session: Session, kind: str, object_id: str) -> list[Condition]:
    found: list[Condition] = [AuditRow.object_id == object_id]
    found += [AuditRow.object_id.in_(ids) for ids in ids_within(session, kind, object_id)]
    if kind == "case":
        # What has left the case since, or is deleted, was part of it.
        told = [AuditRow.detail[name].as_string() == object_id for name in ("case_id", "from_case_id")]
        left = select(AuditRow.object_id).where(AuditRow.action.in_(_LEFT), or_(*told))
        found.append(AuditRow.object_id.in_(left))
    return found
