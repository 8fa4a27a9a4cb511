"""Links that let somebody in, and registration, over HTTP. GET changes nothing: a token travels in bodies only."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request, Response, status

from coverslip.core.errors import InvalidRequest, NotFound, TooManyAttempts
from coverslip.core.identity_errors import (
    AccountPending,
    ConfirmFirst,
    DomainRefused,
    LinkEnded,
    MailUnavailable,
    NameTaken,
    PasswordRefused,
    RegistrationClosed,
)
from coverslip.features.identity import duties, groups, links, registration
from coverslip.features.identity.guard import CurrentCaller, CurrentSite, CurrentViewer, administrator, proof, public
from coverslip.features.identity.links import LinkInfo, NewLink
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.routes import answer_sign_in
from coverslip.features.identity.routes_me import NO_CONTENT, IdPath
from coverslip.features.identity.schemas import GroupName, SecondFactorOut, SessionOut
from coverslip.features.identity.schemas_people import (
    InvitationOut,
    InvitationsOut,
    LinkInfoOut,
    LinkOut,
    LinkToken,
    LinkUse,
    NewInvitation,
    Registration,
    RegistrationOut,
)
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["links"])


@router.post("/links/look", dependencies=[public], responses=problems(LinkEnded, TooManyAttempts))
def look_at_link(body: LinkToken, caller: CurrentCaller, response: Response, runtime: CurrentRuntime) -> LinkInfoOut:
    """Say what a link is for; it is not used up by it."""
    response.headers["Cache-Control"] = "no-store"
    found = links.look(runtime, body.token, caller)
    terms = duties.current_terms(runtime.settings)
    return LinkInfoOut.model_validate({**_fields(found), "terms_version": None if terms is None else terms.version})


@router.post(
    "/links/use",
    dependencies=[public],
    responses=problems(LinkEnded, NameTaken, PasswordRefused, InvalidRequest, AccountPending, TooManyAttempts),
)
def use_link(
    body: LinkUse,
    request: Request,
    response: Response,
    caller: CurrentCaller,
    site: CurrentSite,
    runtime: CurrentRuntime,
) -> SessionOut | SecondFactorOut:
    """Use a link up: set the password and go on as after a sign-in."""
    wishes = links.Wishes(body.password, body.user_name, body.name, body.terms_version)
    return answer_sign_in(links.use(runtime, body.token, wishes, caller, site), request, response, runtime)


@router.post(
    "/registration",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[public],
    responses=problems(
        RegistrationClosed, DomainRefused, PasswordRefused, InvalidRequest, TooManyAttempts, MailUnavailable
    ),
)
def register(body: Registration, caller: CurrentCaller, site: CurrentSite, runtime: CurrentRuntime) -> RegistrationOut:
    """Ask for an account, where the settings allow it; the answer does not tell whether there is one."""
    wanted = registration.Application(body.name, body.email, body.user_name, body.password, body.note)
    return RegistrationOut(state=registration.register(runtime, wanted, caller, site.origin))


@router.post(
    "/invitations",
    status_code=status.HTTP_201_CREATED,
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound, InvalidRequest),
)
def create_invitation(
    body: NewInvitation, viewer: CurrentViewer, site: CurrentSite, response: Response, runtime: CurrentRuntime
) -> LinkOut:
    """Invite somebody; the link is shown once."""
    with runtime.db.transaction() as session:
        made = links.invite(
            session,
            by=viewer,
            name=body.name,
            email=body.email,
            organisation_role=body.organisation_role,
            group_ids=body.group_ids,
            life=timedelta(days=body.days),
        )
    return link_out(runtime, made, site, response, mail=body.mail)


@router.get("/invitations", dependencies=[administrator])
def list_invitations(runtime: CurrentRuntime) -> InvitationsOut:
    """List the links that were not used yet."""
    with runtime.db.read() as session:
        found = links.list_open(session)
        known = groups.groups_by_ids(session, [group_id for one in found for group_id in one.group_ids])
    items = []
    for one in found:
        of = [GroupName.model_validate(known[group_id]) for group_id in one.group_ids if group_id in known]
        items.append(InvitationOut.model_validate({**_fields(one), "groups": of}))
    return InvitationsOut(items=items)


@router.delete(
    "/invitations/{link_id}", status_code=NO_CONTENT, dependencies=[administrator], responses=problems(NotFound)
)
def withdraw_invitation(link_id: IdPath, viewer: CurrentViewer, runtime: CurrentRuntime) -> None:
    """Make a link useless."""
    with runtime.db.transaction() as session:
        links.withdraw(session, link_id, by=viewer)


def link_out(runtime: Runtime, made: NewLink, site: Site, response: Response, *, mail: bool) -> LinkOut:
    """Return a fresh link, and say whether it was mailed."""
    response.headers["Cache-Control"] = "no-store"
    url = f"{site.origin}/link#{made.token}"
    problem = links.mail(runtime, made, url) if mail else None
    return LinkOut(
        link_id=made.link_id,
        kind=made.kind,
        url=url,
        token=made.token,
        expires_at=made.expires_at,
        mailed=mail and problem is None,
        mail_problem=problem,
    )


def _fields(found: LinkInfo) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__dataclass_fields__}
