"""What identity says over HTTP about people, groups and the links that let them in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from coverslip.features.identity.schemas import (
    Email,
    GroupName,
    In,
    Name,
    Out,
    Password,
    PersonOut,
    Plain,
    Role,
    Secret,
    UserName,
)

Id = Annotated[Plain, StringConstraints(min_length=1, max_length=64)]
GroupIds = Annotated[list[Id], Field(max_length=200)]
Description = Annotated[Plain, StringConstraints(max_length=1000)]
LinkKind = Literal["invitation", "reset", "registration"]


# --- links --------------------------------------------------------------------------------------


class LinkToken(In):
    """What stands behind ``#`` in the address."""

    token: Secret


class LinkInfoOut(Out):
    """What a link is for; ``user_name`` null means that the person chooses one."""

    kind: LinkKind
    name: str | None
    user_name: str | None
    email: str | None
    expires_at: datetime
    invited_by: str | None
    terms_version: str | None


class LinkUse(In):
    """What somebody enters who uses a link."""

    token: Secret
    password: Password
    user_name: UserName | None = None
    name: Name | None = None
    terms_version: Secret | None = None


class Registration(In):
    """What somebody enters who wants an account."""

    name: Name
    email: Email
    user_name: UserName | None = None
    password: Password | None = None
    note: Annotated[Plain, StringConstraints(max_length=2000)] | None = None


class RegistrationOut(Out):
    """What happens next; the same whether or not there is such a person."""

    state: Literal["mailed", "pending"]


class LinkOut(Out):
    """A link that was just made; the address is shown once."""

    link_id: str
    kind: LinkKind
    url: str
    token: str
    expires_at: datetime
    mailed: bool
    mail_problem: str | None


class NewInvitation(In):
    """An invitation to be made."""

    name: Name | None = None
    email: Email | None = None
    organisation_role: Role | None = None
    group_ids: GroupIds = Field(default_factory=list)
    days: int = Field(default=7, ge=1, le=30)
    mail: bool = False


class InvitationOut(Out):
    """A link that was not used yet."""

    link_id: str
    kind: LinkKind
    name: str | None
    user_name: str | None
    email: str | None
    organisation_role: Role | None
    groups: list[GroupName]
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


class InvitationsOut(Out):
    """Links that were not used yet."""

    items: list[InvitationOut]


# --- people -------------------------------------------------------------------------------------


class PersonRowOut(PersonOut):
    """A person in the list for administrators."""

    second_factor: bool
    password: bool
    groups: list[GroupName]
    note: str | None


class PeopleOut(Out):
    """A page of people."""

    items: list[PersonRowOut]
    total: int
    next_cursor: str | None


class NewPersonIn(In):
    """An account to be made."""

    user_name: UserName
    name: Name
    email: Email | None = None
    organisation_role: Role | None = None
    group_ids: GroupIds = Field(default_factory=list)
    mail: bool = False


class NewPersonOut(Out):
    """The account and the link by which its person sets a password."""

    person: PersonRowOut
    link: LinkOut


class PersonPatch(In):
    """What to change; only what is sent is touched."""

    user_name: UserName | None = None
    name: Name | None = None
    email: Email | None = None
    organisation_role: Role | None = None


class Approval(In):
    """What somebody becomes who is let in."""

    organisation_role: Role | None = None
    group_ids: GroupIds = Field(default_factory=list)


class ResetIn(In):
    """Whether the link is also sent by mail."""

    mail: bool = False


class OwnedOut(Out):
    """How many things of a kind."""

    kind: str
    count: int


class OwnedListOut(Out):
    """What somebody owns."""

    items: list[OwnedOut]


class HandOver(In):
    """Who takes over."""

    to_person_id: Id


# --- groups -------------------------------------------------------------------------------------


class GroupOut(Out):
    """A group."""

    group_id: str
    name: str
    description: str
    source: str
    member_count: int
    created_at: datetime


class GroupsOut(Out):
    """Groups by name."""

    items: list[GroupOut]


class NewGroup(In):
    """A group to be made."""

    name: Name
    description: Description = ""


class GroupPatch(In):
    """What to change; only what is sent is touched."""

    name: Name | None = None
    description: Description | None = None


class MembersOut(Out):
    """A page of the people in a group."""

    items: list[PersonOut]
    total: int
    next_cursor: str | None
