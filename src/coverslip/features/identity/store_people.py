"""SQL of people, groups, links and the terms of use."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from coverslip.features.identity.models import Group, GroupMember, LinkRecord, Person, TermsAcceptance
from coverslip.features.identity.store import changed


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people a list shows; None means all. ``role`` is an organisation role, or ``none``."""

    words: tuple[str, ...] = ()
    state: str | None = None
    role: str | None = None
    group_id: str | None = None


# --- people -----------------------------------------------------------------------------------


def first_administrator(session: Session) -> Person | None:
    """Return the oldest active administrator, or None before the first start."""
    return session.scalars(_administrators().order_by(Person.no).limit(1)).first()


def administrators(session: Session, limit: int) -> list[Person]:
    """Return active administrators, oldest first."""
    return list(session.scalars(_administrators().order_by(Person.no).limit(limit)))


def lock_administrators(session: Session) -> int:
    """Count the active administrators and keep the number as it is until this transaction ends."""
    return len(session.scalars(_administrators().order_by(Person.no).with_for_update()).all())


def _administrators() -> Select[Person]:
    return select(Person).where(Person.organisation_role == "administrator", Person.state == "active")


def person_by_id(session: Session, person_id: str) -> Person | None:
    """Return a person, whatever their state."""
    return session.scalars(select(Person).where(Person.person_id == person_id)).first()


def person_by_sign_in_name(session: Session, sign_in_name: str) -> Person | None:
    """Return the person with this folded user name, whatever their state."""
    return session.scalars(select(Person).where(Person.sign_in_name == sign_in_name)).first()


def person_by_email(session: Session, email: str) -> Person | None:
    """Return a person with this mail address, whatever their state and whatever its capitals (of A to Z)."""
    return session.scalars(select(Person).where(func.lower(Person.email) == email.lower()).limit(1)).first()


def names_of(session: Session, person_ids: Collection[str]) -> dict[str, str]:
    """Return the names of people by id."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.person_id, Person.name).where(Person.person_id.in_(person_ids)))
    return {row.person_id: row.name for row in rows}


def ids_named(session: Session, text: str) -> list[str]:
    """Return the ids of people whose id, name or user name is this."""
    lowered = text.lower()
    named = or_(Person.person_id == text, func.lower(Person.name) == lowered, func.lower(Person.user_name) == lowered)
    return list(session.scalars(select(Person.person_id).where(named).order_by(Person.no)))


def people_by_ids(session: Session, person_ids: Sequence[str]) -> list[Person]:
    """Return these people, in no order."""
    return list(session.scalars(select(Person).where(Person.person_id.in_(person_ids))))


def people(session: Session, wanted: PeopleFilter, after: tuple[str, int] | None, limit: int) -> list[Person]:
    """Return a page of people by user name."""
    query = select(Person).where(*_wanted(wanted))
    if after is not None:
        name, no = after
        query = query.where(or_(Person.sign_in_name > name, (Person.sign_in_name == name) & (Person.no > no)))
    return list(session.scalars(query.order_by(Person.sign_in_name, Person.no).limit(limit)))


def count_people(session: Session, wanted: PeopleFilter) -> int:
    """Count the people of a list."""
    return session.scalars(select(func.count()).select_from(Person).where(*_wanted(wanted))).one()


def _wanted(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    found += [Person.search_text.like(f"%{_literal(word)}%", escape="\\") for word in wanted.words]
    if wanted.state is not None:
        found.append(Person.state == wanted.state)
    if wanted.role is not None:
        found.append(
            Person.organisation_role.is_(None) if wanted.role == "none" else Person.organisation_role == wanted.role
        )
    if wanted.group_id is not None:
        found.append(exists().where(GroupMember.group_id == wanted.group_id, GroupMember.person_id == Person.person_id))
    return found


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def delete_person(session: Session, person_id: str) -> None:
    """Delete somebody who was never let in; nobody else is ever deleted."""
    session.execute(delete(Person).where(Person.person_id == person_id, Person.state == "pending"))


# --- groups -----------------------------------------------------------------------------------


def group_by_id(session: Session, group_id: str) -> Group | None:
    """Return a group."""
    return session.scalars(select(Group).where(Group.group_id == group_id)).first()


def group_by_name(session: Session, folded_name: str) -> Group | None:
    """Return the group with this folded name."""
    return session.scalars(select(Group).where(Group.folded_name == folded_name)).first()


def groups(session: Session, words: Sequence[str] = (), limit: int | None = None) -> list[tuple[Group, int]]:
    """Return groups by name, with the number of their members."""
    counted = (
        select(GroupMember.group_id, func.count().label("members")).group_by(GroupMember.group_id).subquery("counted")
    )
    query = (
        select(Group, func.coalesce(counted.c.members, 0))
        .outerjoin(counted, counted.c.group_id == Group.group_id)
        .order_by(Group.folded_name)
    )
    for word in words:
        query = query.where(Group.folded_name.like(f"%{_literal(word)}%", escape="\\"))
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]


def groups_by_ids(session: Session, group_ids: Sequence[str]) -> list[Group]:
    """Return these groups, in no order."""
    return list(session.scalars(select(Group).where(Group.group_id.in_(group_ids))))


def groups_of(session: Session, person_ids: Sequence[str]) -> list[tuple[str, Group]]:
    """Return (person, group) pairs of these people, groups by name."""
    query = (
        select(GroupMember.person_id, Group)
        .join(Group, Group.group_id == GroupMember.group_id)
        .where(GroupMember.person_id.in_(person_ids))
        .order_by(Group.folded_name)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def members_of_groups(session: Session, group_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return (group, person) pairs of these groups, in the order in which people came."""
    query = select(GroupMember.group_id, GroupMember.person_id).where(GroupMember.group_id.in_(group_ids))
    return [(row[0], row[1]) for row in session.execute(query.order_by(GroupMember.no))]


def count_members(session: Session, group_id: str) -> int:
    """Count who is in a group."""
    return session.scalars(select(func.count()).select_from(GroupMember).where(GroupMember.group_id == group_id)).one()


def drop_member(session: Session, group_id: str, person_id: str) -> bool:
    """Take somebody out of a group; False when they were not in it."""
    result = session.execute(
        delete(GroupMember)
        .where(GroupMember.group_id == group_id, GroupMember.person_id == person_id)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def delete_group(session: Session, group_id: str) -> None:
    """Delete a group and its memberships."""
    for table in (GroupMember, Group):
        session.execute(delete(table).where(table.group_id == group_id).execution_options(synchronize_session=False))


# --- links ------------------------------------------------------------------------------------


def link_by_hash(session: Session, token_hash: str) -> LinkRecord | None:
    """Return a link, usable or not."""
    return session.scalars(select(LinkRecord).where(LinkRecord.token_hash == token_hash)).first()


def use_link(session: Session, no: int, now: datetime) -> bool:
    """Use a link up; one statement decides, so of two requests with one link only one wins."""
    result = session.execute(
        update(LinkRecord)
        .where(
            LinkRecord.no == no,
            LinkRecord.used_at.is_(None),
            LinkRecord.revoked_at.is_(None),
            LinkRecord.expires_at > now,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return changed(result) == 1


def open_links(session: Session, now: datetime) -> list[LinkRecord]:
    """Return the links that can still be used, newest first."""
    return list(
        session.scalars(select(LinkRecord).where(*_open(), LinkRecord.expires_at > now).order_by(LinkRecord.no.desc()))
    )


def count_open_links(session: Session, kind: str, now: datetime) -> int:
    """Count the links of a kind that can still be used."""
    query = select(func.count()).select_from(LinkRecord)
    return session.scalars(query.where(*_open(), LinkRecord.kind == kind, LinkRecord.expires_at > now)).one()


def revoke_link(session: Session, link_id: str, now: datetime) -> bool:
    """Withdraw a link; False when there is no open one."""
    return _revoke(session, now, LinkRecord.link_id == link_id) == 1


def revoke_links(
    session: Session,
    now: datetime,
    *,
    person_id: str | None = None,
    created_by: str | None = None,
    email: str | None = None,
) -> int:
    """Withdraw the open links for a person, by a person, or to a mail address; of one of the three."""
    if person_id is not None:
        return _revoke(session, now, LinkRecord.person_id == person_id)
    if created_by is not None:
        return _revoke(session, now, LinkRecord.created_by == created_by)
    return _revoke(session, now, LinkRecord.kind == "registration", LinkRecord.email == email)


def revoke_stale_links(session: Session, now: datetime) -> int:
    """Withdraw what has run out, so that a clock set back revives nothing."""
    return _revoke(session, now, LinkRecord.expires_at <= now)


def _open() -> list[ColumnElement[bool]]:
    return [LinkRecord.used_at.is_(None), LinkRecord.revoked_at.is_(None)]


def _revoke(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    result = session.execute(
        update(LinkRecord).where(*_open(), *which).values(revoked_at=now).execution_options(synchronize_session=False)
    )
    return changed(result)


# --- terms ------------------------------------------------------------------------------------


def accepted_at(session: Session, person_id: str, version: str) -> datetime | None:
    """Return when somebody accepted this version, None when they did not."""
    return session.scalars(
        select(TermsAcceptance.accepted_at).where(
            TermsAcceptance.person_id == person_id, TermsAcceptance.version == version
        )
    ).first()
