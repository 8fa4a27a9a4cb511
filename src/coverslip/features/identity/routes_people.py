"""People, for administrators, over HTTP."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response, status

from coverslip.core.errors import Conflict, InvalidRequest, NotFound
from coverslip.core.identity_errors import (
    ConfirmFirst,
    ExternalAccount,
    LastAdministrator,
    NameTaken,
    OwnAccount,
)
from coverslip.features.identity import lifecycle, links, owners, people, sessions, tokens, words
from coverslip.features.identity.guard import CurrentSite, CurrentViewer, administrator, proof
from coverslip.features.identity.people import NewPerson, PersonChanges, PersonRow
from coverslip.features.identity.routes_links import link_out
from coverslip.features.identity.routes_me import NO_CONTENT, IdPath, session_outs
from coverslip.features.identity.schemas import GroupName, SessionsOut
from coverslip.features.identity.schemas_people import (
    Approval,
    HandOver,
    LinkOut,
    NewPersonIn,
    NewPersonOut,
    OwnedListOut,
    OwnedOut,
    PeopleOut,
    PersonPatch,
    PersonRowOut,
    ResetIn,
)
from coverslip.features.identity.schemas_tokens import TokenOut, TokensOut
from coverslip.features.identity.store_people import PeopleFilter
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["people"])

StateQuery = Literal["active", "pending", "deactivated"]
RoleQuery = Literal["administrator", "auditor", "operator", "none"]
IdQuery = Annotated[str | None, Query(max_length=64, pattern=r"^[0-9A-Za-z-]+$")]
_CHANGES: Final = problems(ConfirmFirst, NotFound, NameTaken, LastAdministrator, ExternalAccount, InvalidRequest)


def row_out(row: PersonRow) -> PersonRowOut:
    """Return a person as the list shows them."""
    return PersonRowOut.model_validate(
        {
            **{name: getattr(row.person, name) for name in row.person.__dataclass_fields__},
            "second_factor": row.second_factor,
            "password": row.password,
            "groups": [GroupName.model_validate(one) for one in row.groups],
            "note": row.note,
        }
    )


@router.get("/people", dependencies=[administrator], responses=problems(InvalidRequest))
def list_people(
    runtime: CurrentRuntime,
    q: Annotated[str | None, Query(max_length=200)] = None,
    state: StateQuery | None = None,
    role: RoleQuery | None = None,
    group_id: IdQuery = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PeopleOut:
    """List people by user name."""
    wanted = PeopleFilter(words.search_words(q), state, role, group_id)
    with runtime.db.read() as session:
        page = people.list_people(session, wanted, limit, cursor)
        items = [row_out(one) for one in page.items]
    return PeopleOut(items=items, total=page.total, next_cursor=page.next_cursor)


@router.post("/people", status_code=status.HTTP_201_CREATED, dependencies=[administrator, proof], responses=_CHANGES)
def create_person(
    body: NewPersonIn, viewer: CurrentViewer, site: CurrentSite, response: Response, runtime: CurrentRuntime
) -> NewPersonOut:
    """Make an account; the answer holds the link by which its person sets a password, shown once."""
    new = NewPerson(body.user_name, body.name, body.email, body.organisation_role, body.group_ids)
    with runtime.db.transaction() as session:
        person = people.add_person(session, new, by=viewer)
        made = links.invite_person(session, person, by=viewer)
        row = row_out(people.get_row(session, person.person_id))
    return NewPersonOut(person=row, link=link_out(runtime, made, site, response, mail=body.mail))


@router.get("/people/{person_id}", dependencies=[administrator], responses=problems(NotFound))
def get_person(person_id: IdPath, runtime: CurrentRuntime) -> PersonRowOut:
    """Show a person."""
    with runtime.db.read() as session:
        return row_out(people.get_row(session, person_id))


@router.patch("/people/{person_id}", dependencies=[administrator, proof], responses=_CHANGES)
def patch_person(person_id: IdPath, body: PersonPatch, viewer: CurrentViewer, runtime: CurrentRuntime) -> PersonRowOut:
    """Change a person's names or place in the organisation."""
    changes = PersonChanges(
        frozenset(body.model_fields_set), body.user_name, body.name, body.email, body.organisation_role
    )
    with runtime.db.transaction() as session:
        people.change_person(session, runtime.settings, person_id, changes, by=viewer)
        return row_out(people.get_row(session, person_id))


@router.post(
    "/people/{person_id}/approve",
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound, Conflict),
)
def approve_person(person_id: IdPath, body: Approval, viewer: CurrentViewer, runtime: CurrentRuntime) -> PersonRowOut:
    """Let somebody in who asked for an account."""
    with runtime.db.transaction() as session:
        lifecycle.approve(session, person_id, body.organisation_role, body.group_ids, by=viewer)
        return row_out(people.get_row(session, person_id))


@router.post(
    "/people/{person_id}/refuse",
    status_code=NO_CONTENT,
    dependencies=[administrator],
    responses=problems(NotFound, Conflict),
)
def refuse_person(person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Refuse somebody who asked for an account."""
    with runtime.db.transaction() as session:
        lifecycle.refuse(session, person_id, by=viewer)


@router.post(
    "/people/{person_id}/deactivate",
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound, OwnAccount, LastAdministrator, Conflict),
)
def deactivate_person(person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> PersonRowOut:
    """End an account: sessions and tokens end at once, what the person made stays."""
    with runtime.db.transaction() as session:
        lifecycle.deactivate(session, person_id, by=viewer)
        return row_out(people.get_row(session, person_id))


@router.post(
    "/people/{person_id}/activate",
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound, Conflict),
)
def activate_person(person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> PersonRowOut:
    """Let somebody in again; their old sessions and tokens stay ended."""
    with runtime.db.transaction() as session:
        lifecycle.activate(session, person_id, by=viewer)
        return row_out(people.get_row(session, person_id))


@router.post(
    "/people/{person_id}/reset-link",
    status_code=status.HTTP_201_CREATED,
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound, ExternalAccount),
)
def create_reset_link(
    person_id: IdPath,
    body: ResetIn,
    viewer: CurrentViewer,
    site: CurrentSite,
    response: Response,
    runtime: CurrentRuntime,
) -> LinkOut:
    """Make the link by which somebody sets a new password, shown once."""
    with runtime.db.transaction() as session:
        made = links.reset(session, person_id, by=viewer)
    return link_out(runtime, made, site, response, mail=body.mail)


@router.delete(
    "/people/{person_id}/second-factor",
    status_code=NO_CONTENT,
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound),
)
def forget_second_factor(person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Take every second factor of somebody who lost their phone."""
    with runtime.db.transaction() as session:
        lifecycle.forget_second_factor(session, person_id, by=viewer)


@router.get("/people/{person_id}/sessions", dependencies=[administrator], responses=problems(NotFound))
def list_sessions_of(person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> SessionsOut:
    """List the browsers in which somebody is signed in."""
    with runtime.db.read() as session:
        people.found(session, person_id)
        return session_outs(sessions.list_sessions(session, person_id), viewer.viewer_id)


@router.delete(
    "/people/{person_id}/sessions",
    status_code=NO_CONTENT,
    dependencies=[administrator],
    responses=problems(NotFound),
)
def end_sessions_of(person_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Sign somebody out everywhere."""
    with runtime.db.transaction() as session:
        people.found(session, person_id)
        sessions.end_sessions(session, person_id, by=viewer)


@router.get("/people/{person_id}/owned", dependencies=[administrator], responses=problems(NotFound))
def list_owned(person_id: IdPath, runtime: CurrentRuntime) -> OwnedListOut:
    """Say what somebody owns."""
    with runtime.db.read() as session:
        return OwnedListOut(items=[OwnedOut.model_validate(one) for one in owners.owned_by(session, person_id)])


@router.post(
    "/people/{person_id}/hand-over",
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound, Conflict),
)
def hand_over(person_id: IdPath, body: HandOver, viewer: CurrentViewer, runtime: CurrentRuntime) -> OwnedListOut:
    """Give all that one person owns to another."""
    with runtime.db.transaction() as session:
        moved = owners.hand_over(session, person_id, body.to_person_id, by=viewer)
    return OwnedListOut(items=[OwnedOut.model_validate(one) for one in moved])


@router.get("/tokens", dependencies=[administrator])
def list_all_tokens(runtime: CurrentRuntime, person_id: IdQuery = None) -> TokensOut:
    """List everybody's tokens, or one person's, without their secrets."""
    with runtime.db.read() as session:
        found = tokens.list_tokens(session, person_id)
    return TokensOut(items=[TokenOut.model_validate(one) for one in found])


@router.delete("/tokens/{token_id}", status_code=NO_CONTENT, dependencies=[administrator], responses=problems(NotFound))
def revoke_any_token(token_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Revoke anybody's token for good."""
    with runtime.db.transaction() as session:
        tokens.revoke_token(session, token_id, by=viewer)
