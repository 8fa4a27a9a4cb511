"""Groups: several people under one name, for permissions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound
from coverslip.core.identity_errors import ExternalGroup, NameTaken
from coverslip.core.ids import new_id
from coverslip.core.time import utc_now
from coverslip.features.identity import sessions, store, store_external, store_people, words
from coverslip.features.identity.models import Group, GroupMember
from coverslip.features.identity.viewer import Viewer, put_on_record
from coverslip.infra.db import hint, insert_or_ignore

LOCAL: Final = "local"
_DESCRIPTION_KEPT: Final = 1000

GroupGone = Callable[[Session, str, Viewer], None]
_when_gone: dict[str, GroupGone] = {}


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A group as other rooms and pages know it."""

    group_id: str
    name: str
    description: str
    source: str
    member_count: int
    created_at: datetime


def when_group_goes(room: str, forget: GroupGone) -> None:
    """Have a room forget what it holds about a group, in the transaction that deletes it and under who does so."""
    _when_gone[room] = forget


def get_group(session: Session, group_id: str) -> GroupInfo:
    """Return a group.

    Raises
    ------
    NotFound
    """
    group = _found(session, group_id)
    return _info(group, store_people.count_members(session, group_id))


def group_by_name(session: Session, name: str) -> GroupInfo:
    """Return the group with this name, however it is spelt.

    Raises
    ------
    NotFound
    """
    group = store_people.group_by_name(session, words.folded(name))
    if group is None:
        raise NotFound(f"There is no group {name[:80]!r}.")
    return _info(group, store_people.count_members(session, group.group_id))


def groups_by_ids(session: Session, group_ids: Sequence[str]) -> dict[str, GroupInfo]:
    """Return the groups with these ids, by id, without counting members; ids that none has are left out."""
    return {one.group_id: _info(one, 0) for one in store_people.groups_by_ids(session, group_ids)}


def search_groups(session: Session, query: str | None, limit: int | None = None) -> list[GroupInfo]:
    """Return groups whose name holds every word, by name."""
    spoken = words.folded((query or "")[:200]).split()
    return [_info(group, members) for group, members in store_people.groups(session, spoken, limit)]


def groups_of(session: Session, person_id: str) -> list[GroupInfo]:
    """Return the groups that a person is in, by name, without counting members."""
    return [_info(group, 0) for _, group in store_people.groups_of(session, [person_id])]


def members_of_groups(session: Session, group_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return who is in each of these groups, by the group's id; empty for one that nobody is in."""
    members: dict[str, list[str]] = {group_id: [] for group_id in group_ids}
    for group_id, person_id in store_people.members_of_groups(session, group_ids):
        members[group_id].append(person_id)
    return members


def add_group(session: Session, name: str, description: str = "", *, by: Viewer, source: str = LOCAL) -> str:
    """Make a group and return its id.

    Raises
    ------
    NameTaken, InvalidRequest
    """
    shown = words.display_name(name)
    _require_free(session, shown)
    group = Group(
        group_id=new_id(),
        name=shown,
        folded_name=words.folded(shown),
        description=description.strip()[:_DESCRIPTION_KEPT],
        source=source,
        created_at=utc_now(),
    )
    session.add(group)
    session.flush()
    put_on_record(session, "group.create", "group", group.group_id, by)
    return group.group_id


def change_group(
    session: Session, group_id: str, *, name: str | None = None, description: str | None = None, by: Viewer
) -> None:
    """Rename or describe a group.

    Raises
    ------
    NotFound, NameTaken, ExternalGroup, InvalidRequest
    """
    group = _local(session, group_id)
    if name is not None:
        shown = words.display_name(name)
        _require_free(session, shown, but=group_id)
        group.name, group.folded_name = shown, words.folded(shown)
    if description is not None:
        group.description = description.strip()[:_DESCRIPTION_KEPT]
    session.flush()
    put_on_record(session, "group.change", "group", group_id, by)


def delete_group(session: Session, group_id: str, *, by: Viewer) -> None:
    """Delete a group; whoever is in it loses what it gave them.

    Raises
    ------
    NotFound
    """
    _found(session, group_id)
    for forget in _when_gone.values():
        forget(session, group_id, by)
    store_people.delete_group(session, group_id)
    hint(session, "grants.drop", all=True)
    put_on_record(session, "group.delete", "group", group_id, by)


def add_member(session: Session, group_id: str, person_id: str, *, by: Viewer, source: str = LOCAL) -> None:
    """Put somebody into a group; harmless when they are in it.

    Raises
    ------
    NotFound, ExternalGroup
    """
    group = _found(session, group_id)
    if store_people.person_by_id(session, person_id) is None:
        raise NotFound
    if group.source != source:
        raise ExternalGroup
    if insert_or_ignore(session, GroupMember, {"group_id": group_id, "person_id": person_id, "source": source}):
        sessions.drop_sight(session, person_id)
        put_on_record(session, "group.join", "group", group_id, by, person_id=person_id)


def drop_member(session: Session, group_id: str, person_id: str, *, by: Viewer) -> None:
    """Take somebody out of a group.

    Raises
    ------
    NotFound, ExternalGroup
    """
    _local(session, group_id)
    if store_external.member_source(session, group_id, person_id) not in (LOCAL, None):
        raise ExternalGroup("The directory puts this person into the group; take them out there.")
    if not store_people.drop_member(session, group_id, person_id):
        raise NotFound
    sessions.drop_sight(session, person_id)
    put_on_record(session, "group.leave", "group", group_id, by, person_id=person_id)


def _info(group: Group, members: int) -> GroupInfo:
    return GroupInfo(group.group_id, group.name, group.description, group.source, members, group.created_at)


def _found(session: Session, group_id: str) -> Group:
    group = store_people.group_by_id(session, group_id)
    if group is None:
        raise NotFound
    return group


def _local(session: Session, group_id: str) -> Group:
    group = _found(session, group_id)
    if group.source != LOCAL:
        raise ExternalGroup
    return group


def _require_free(session: Session, name: str, but: str | None = None) -> None:
    store.lock_keys(session, f"group {words.folded(name)}")
    holder = store_people.group_by_name(session, words.folded(name))
    if holder is not None and holder.group_id != but:
        raise NameTaken("There is a group of this name already.")
