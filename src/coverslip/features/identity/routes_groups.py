"""Groups, for administrators, over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, status

from coverslip.core.errors import InvalidRequest, NotFound
from coverslip.core.identity_errors import ExternalGroup, NameTaken
from coverslip.features.identity import groups, people
from coverslip.features.identity.guard import CurrentViewer, administrator
from coverslip.features.identity.routes_me import NO_CONTENT, IdPath
from coverslip.features.identity.schemas import PersonOut
from coverslip.features.identity.schemas_people import GroupOut, GroupPatch, GroupsOut, MembersOut, NewGroup
from coverslip.features.identity.store_people import PeopleFilter
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["groups"])

_CHANGES: Final = problems(NotFound, NameTaken, ExternalGroup, InvalidRequest)


@router.get("/groups", dependencies=[administrator])
def list_groups(runtime: CurrentRuntime, q: Annotated[str | None, Query(max_length=200)] = None) -> GroupsOut:
    """List groups by name."""
    with runtime.db.read() as session:
        found = groups.search_groups(session, q)
    return GroupsOut(items=[GroupOut.model_validate(one) for one in found])


@router.post("/groups", status_code=status.HTTP_201_CREATED, dependencies=[administrator], responses=_CHANGES)
def create_group(body: NewGroup, viewer: CurrentViewer, runtime: CurrentRuntime) -> GroupOut:
    """Make a group."""
    with runtime.db.transaction() as session:
        group_id = groups.add_group(session, body.name, body.description, by=viewer)
        return GroupOut.model_validate(groups.get_group(session, group_id))


@router.get("/groups/{group_id}", dependencies=[administrator], responses=problems(NotFound))
def get_group(group_id: IdPath, runtime: CurrentRuntime) -> GroupOut:
    """Show a group."""
    with runtime.db.read() as session:
        return GroupOut.model_validate(groups.get_group(session, group_id))


@router.patch("/groups/{group_id}", dependencies=[administrator], responses=_CHANGES)
def patch_group(group_id: IdPath, body: GroupPatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> GroupOut:
    """Rename or describe a group."""
    with runtime.db.transaction() as session:
        groups.change_group(session, group_id, name=body.name, description=body.description, by=viewer)
        return GroupOut.model_validate(groups.get_group(session, group_id))


@router.delete("/groups/{group_id}", status_code=NO_CONTENT, dependencies=[administrator], responses=problems(NotFound))
def delete_group(group_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Delete a group; whoever is in it loses what it gave them."""
    with runtime.db.transaction() as session:
        groups.delete_group(session, group_id, by=viewer)


@router.get("/groups/{group_id}/members", dependencies=[administrator], responses=problems(NotFound, InvalidRequest))
def list_group_members(
    group_id: IdPath,
    runtime: CurrentRuntime,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> MembersOut:
    """List who is in a group, by user name."""
    with runtime.db.read() as session:
        groups.get_group(session, group_id)
        page = people.list_people(session, PeopleFilter(group_id=group_id), limit, cursor)
    items = [PersonOut.model_validate(one.person) for one in page.items]
    return MembersOut(items=items, total=page.total, next_cursor=page.next_cursor)


@router.put(
    "/groups/{group_id}/members/{person_id}",
    status_code=NO_CONTENT,
    dependencies=[administrator],
    responses=_CHANGES,
)
def add_group_member(group_id: IdPath, person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Put somebody into a group."""
    with runtime.db.transaction() as session:
        groups.add_member(session, group_id, person_id, by=viewer)


@router.delete(
    "/groups/{group_id}/members/{person_id}",
    status_code=NO_CONTENT,
    dependencies=[administrator],
    responses=_CHANGES,
)
def drop_group_member(group_id: IdPath, person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Take somebody out of a group."""
    with runtime.db.transaction() as session:
        groups.drop_member(session, group_id, person_id, by=viewer)
