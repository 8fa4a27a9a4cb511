"""Members of projects, cases and slides: who is what, making them so, and why somebody may see something."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import FieldProblem, InvalidRequest, NotFound
from coverslip.features import access
from coverslip.features.access import Action, Entry, Level, Named, Standing, SubjectKind, Visibility
from coverslip.features.identity import Viewer
from coverslip.features.slides import store, store_cases, store_members
from coverslip.features.slides.schemas_members import (
    Candidates,
    EffectiveMember,
    EffectiveMembers,
    Explanation,
    MemberIn,
    MemberList,
    MemberOut,
    MemberPlace,
    OnlookerOut,
    Onlookers,
    PlaceKind,
    StepOut,
    SubjectOut,
    VisibilityIn,
    VisibilityOut,
)
from coverslip.features.slides.words import storable

CANDIDATES: Final = 20
ONLOOKERS: Final = 20


def list_members(
    session: Session, viewer: Viewer, kind: PlaceKind, object_id: str, *, public_allowed: bool
) -> MemberList:
    """Return everybody who was given something on an object or above it.

    Raises
    ------
    NotFound, Forbidden
    """
    scope_id = _managed(session, viewer, kind, object_id)
    return _listed(session, viewer, kind, object_id, scope_id, public_allowed=public_allowed)


def _listed(
    session: Session, viewer: Viewer, kind: PlaceKind, object_id: str, scope_id: str, *, public_allowed: bool
) -> MemberList:
    levels = access.levels(session, scope_id)
    places, names = _places(session, viewer, levels), _Names(session, levels)
    items: list[MemberOut] = []
    taken: set[tuple[str, str]] = set()
    for level in levels:
        here = [_member(one, names, places, scope_id, taken) for one in level.entries]
        items += sorted(here, key=lambda one: (one.subject.kind != "group", one.subject.name.casefold()))
        taken |= {(one.subject_kind, one.subject_id) for one in level.entries}
    mine = access.standing(session, viewer, scope_id)
    return MemberList(
        object=places[scope_id] or MemberPlace(kind=kind, object_id=object_id, name=""),
        visibility=_visibility(levels, places, public_allowed=public_allowed) if kind == "project" else None,
        items=items,
        my_role=mine.role,
        may_give=sorted(mine.rights),
    )


def put_member(
    session: Session,
    viewer: Viewer,
    kind: PlaceKind,
    object_id: str,
    subject: tuple[SubjectKind, str],
    wanted: MemberIn,
    *,
    public_allowed: bool,
) -> MemberList:
    """Make a person or a group something on an object; return its members then, whatever the viewer is by now.

    Raises
    ------
    NotFound
        No such object, person or group.
    Forbidden, InvalidRequest
    """
    scope_id = _managed(session, viewer, kind, object_id)
    named = access.people_named if subject[0] == "person" else access.groups_named
    if not storable(subject[1]) or not named(session, [subject[1]]):
        raise NotFound("There is no such person." if subject[0] == "person" else "There is no such group.")
    role = None if wanted.role == "none" else access.Role(wanted.role)
    access.put_entry(session, viewer, scope_id, subject, role, wanted.rights)
    return _listed(session, viewer, kind, object_id, scope_id, public_allowed=public_allowed)


def remove_member(
    session: Session,
    viewer: Viewer,
    kind: PlaceKind,
    object_id: str,
    subject: tuple[SubjectKind, str],
    *,
    public_allowed: bool,
) -> MemberList:
    """Take an entry of an object away, so that what is said above it holds again; return its members then.

    Raises
    ------
    NotFound, Forbidden
    """
    scope_id = _managed(session, viewer, kind, object_id)
    if not storable(subject[1]):
        raise NotFound
    access.remove_entry(session, viewer, scope_id, subject)
    return _listed(session, viewer, kind, object_id, scope_id, public_allowed=public_allowed)


def put_visibility(
    session: Session, viewer: Viewer, project_id: str, wanted: VisibilityIn, *, public_allowed: bool
) -> None:
    """Say who sees a project without being a member.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        It would be public, which is switched off.
    """
    scope_id = _managed(session, viewer, "project", project_id)
    if wanted.visibility is Visibility.PUBLIC and not public_allowed:
        why = "Public projects are switched off on this server; an administrator may allow them."
        raise InvalidRequest(why, [FieldProblem("/visibility", "may not be public on this server")])
    access.put_visibility(session, viewer, scope_id, wanted.visibility)


def find_candidates(session: Session, viewer: Viewer, kind: PlaceKind, object_id: str, q: str) -> Candidates:
    """Return people and groups by parts of a name.

    Raises
    ------
    NotFound, Forbidden
    """
    _managed(session, viewer, kind, object_id)
    if not storable(q):
        return Candidates(items=[])
    groups, people = access.find_named(session, q, CANDIDATES)
    found = [*(_subject("group", one) for one in groups), *(_subject("person", one) for one in people)]
    return Candidates(items=found[:CANDIDATES])


def find_onlookers(session: Session, viewer: Viewer, slide_id: str, q: str) -> Onlookers:
    """Return people who see a slide by parts of their name: whom somebody who comments there may mention.

    Raises
    ------
    NotFound, Forbidden
    """
    slide = store.visible_slide(session, viewer, slide_id)
    if slide is None:
        raise NotFound
    access.require(session, viewer, Action.COMMENT, slide[0].scope_id)
    if not storable(q) or not q.strip():
        return Onlookers(items=[])
    found = access.find_onlookers(session, slide[0].scope_id, q, ONLOOKERS)
    return Onlookers(items=[OnlookerOut(person_id=one.person.subject_id, name=one.person.name) for one in found])


def list_effective(
    session: Session, viewer: Viewer, kind: PlaceKind, object_id: str, limit: int, cursor: str | None
) -> EffectiveMembers:
    """Return what each person who gets in by an entry is on an object.

    Raises
    ------
    NotFound, Forbidden
    InvalidRequest
        The cursor is not one of this list.
    """
    scope_id = _managed(session, viewer, kind, object_id)
    levels = access.levels(session, scope_id)
    places, names = _places(session, viewer, levels), _Names(session, levels)
    after = None if cursor is None else _read_cursor(cursor)
    found: list[EffectiveMember] = []
    for person in sorted(names.people.values(), key=_by_name):
        if (after is not None and _by_name(person) <= after) or person.organisation_role == "administrator":
            continue
        outcome = access.explain(
            person, names.circle.groups_of(person.subject_id), levels, _called(places), names.group_names
        )
        if outcome.standing.role is None:
            continue
        found.append(
            EffectiveMember(
                subject=_subject("person", person),
                role=outcome.standing.role,
                rights=sorted(outcome.standing.rights),
                explained=outcome.summary,
            )
        )
        if len(found) > limit:
            break
    more = len(found) > limit
    last = found[limit - 1].subject if more else None
    visibility = next((level.visibility for level in levels if level.visibility is not None), Visibility.PRIVATE)
    return EffectiveMembers(
        items=found[:limit],
        next_cursor=None if last is None else _cursor(last),
        everybody=None if visibility is Visibility.PRIVATE else access.Role.VIEWER,
    )


def explain(session: Session, viewer: Viewer, kind: PlaceKind, object_id: str, person_id: str) -> Explanation:
    """Say why a person may see an object, or may not.

    Raises
    ------
    NotFound
        No such object or person.
    Forbidden
    """
    scope_id = _managed(session, viewer, kind, object_id)
    person = access.people_named(session, [person_id]).get(person_id) if storable(person_id) else None
    if person is None:
        raise NotFound("There is no such person.")
    levels = access.levels(session, scope_id)
    places, names = _places(session, viewer, levels), _Names(session, levels)
    mine = access.group_ids_of(session, person_id)
    outcome = access.explain(person, mine, levels, _called(places), names.group_names)
    return Explanation(
        subject=_subject("person", person),
        role=outcome.standing.role,
        rights=sorted(outcome.standing.rights),
        summary=outcome.summary,
        steps=[_step(one, places, names) for one in outcome.steps],
    )


class _Names:
    """Everybody whom a chain's entries speak of, by name; members of groups, too."""

    def __init__(self, session: Session, levels: Sequence[Level]) -> None:
        self.circle = access.Circle(session, levels)
        self.groups = access.groups_named(session, self.circle.group_ids)
        self.people = self.circle.people

    @property
    def group_names(self) -> dict[str, str]:
        return {group_id: one.name for group_id, one in self.groups.items()}

    def subject(self, entry: Entry) -> SubjectOut:
        """Return whom an entry is about; somebody whose account is gone still has a row."""
        kind: SubjectKind = "group" if entry.subject_kind == "group" else "person"
        known = self.groups if kind == "group" else self.people
        gone = Named(entry.subject_id, "A group that is gone" if kind == "group" else "Somebody who is gone")
        return _subject(kind, known.get(entry.subject_id, gone))


def _managed(session: Session, viewer: Viewer, kind: PlaceKind, object_id: str) -> str:
    """Return the scope of an object that the viewer manages."""
    scope_id: str | None = None
    if kind == "project":
        project = store.visible_project(session, viewer, object_id)
        scope_id = None if project is None else project.scope_id
    elif kind == "case":
        case = store_cases.visible_case(session, viewer, object_id)
        scope_id = None if case is None else case[0].scope_id
    else:
        slide = store.visible_slide(session, viewer, object_id)
        scope_id = None if slide is None else slide[0].scope_id
    if scope_id is None:
        raise NotFound
    access.require(session, viewer, Action.MANAGE, scope_id)
    return scope_id


def _places(session: Session, viewer: Viewer, levels: Sequence[Level]) -> dict[str, MemberPlace | None]:
    """Return each scope's object as the viewer may see it, None where they may not."""
    scopes = [level.scope_id for level in levels]
    objects, mine = store_members.objects_of(session, scopes), access.standings(session, viewer, scopes)
    return {one: _place(objects.get(one), mine[one]) for one in scopes}


def _place(found: store_members.Named | None, mine: Standing) -> MemberPlace | None:
    if found is None or not mine.allows(Action.VIEW):
        return None
    hidden = found.kind != "project" and not mine.allows(Action.SEE_IDENTITY)
    name = f"{found.kind.title()} {found.no}" if hidden else found.name
    return MemberPlace(kind=found.kind, object_id=found.object_id, name=name)


def _called(places: Mapping[str, MemberPlace | None]) -> dict[str, str]:
    return {
        scope_id: "a place above that you may not see" if one is None else f"the {one.kind} {one.name}"
        for scope_id, one in places.items()
    }


def _member(
    entry: Entry,
    names: _Names,
    places: Mapping[str, MemberPlace | None],
    scope_id: str,
    taken: Collection[tuple[str, str]],
) -> MemberOut:
    return MemberOut(
        subject=names.subject(entry),
        role=entry.standing.role or "none",
        rights=sorted(entry.standing.rights),
        here=entry.scope_id == scope_id,
        from_place=places[entry.scope_id],
        overridden=(entry.subject_kind, entry.subject_id) in taken,
        since=entry.since,
    )


def _visibility(
    levels: Sequence[Level], places: Mapping[str, MemberPlace | None], *, public_allowed: bool
) -> VisibilityOut:
    said = next((level for level in levels if level.visibility is not None), None)
    return VisibilityOut(
        setting=levels[0].visibility,
        in_force=Visibility.PRIVATE if said is None or said.visibility is None else said.visibility,
        from_place=None if said is None else places[said.scope_id],
        public_allowed=public_allowed,
    )


def _subject(kind: SubjectKind, named: Named) -> SubjectOut:
    return SubjectOut(kind=kind, subject_id=named.subject_id, name=named.name, user_name=named.user_name)


def _step(step: access.Step, places: Mapping[str, MemberPlace | None], names: _Names) -> StepOut:
    return StepOut(
        code=step.code,
        text=step.text,
        place=None if step.scope_id is None else places.get(step.scope_id),
        via=None if step.via is None else names.subject(step.via),
        role=None if step.via is None else step.via.standing.role or "none",
        decides=step.decides,
    )


def _by_name(person: Named) -> tuple[str, str]:
    return person.name.casefold(), person.subject_id


def _cursor(last: SubjectOut) -> str:
    parts = [last.name.casefold(), last.subject_id]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> tuple[str, str]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        parts = None
    if isinstance(parts, list) and len(parts) == 2 and all(isinstance(one, str) for one in parts):
        return parts[0], parts[1]
    raise InvalidRequest("The cursor does not belong to this list.", [FieldProblem("/cursor", "is not ours")])
