"""What members of a project, case or slide look like over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from coverslip.features.access import Right, Role, Visibility

RoleOrNone = Role | Literal["none"]
PlaceKind = Literal["project", "case", "slide"]


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MemberPlace(_Out):
    """A project, case or slide by its name."""

    kind: PlaceKind
    object_id: str
    name: str


class SubjectOut(_Out):
    """A person or a group by name."""

    kind: Literal["person", "group"]
    subject_id: str
    name: str
    user_name: str | None


class OnlookerOut(_Out):
    """Somebody who sees a slide."""

    person_id: str
    name: str


class Onlookers(_Out):
    """People who see a slide, by name."""

    items: list[OnlookerOut]


class MemberOut(_Out):
    """What a person or a group was given, here or further up."""

    subject: SubjectOut
    role: RoleOrNone
    rights: list[Right]
    here: bool = Field(description="Whether the entry is of this object itself, so that it can be changed here.")
    from_place: MemberPlace | None = Field(description="Where the entry stands; null above what the viewer may see.")
    overridden: bool = Field(
        description="Whether an entry of the same person or group nearer to the object replaces it."
    )
    since: datetime


class VisibilityOut(_Out):
    """Who sees a project without being a member."""

    setting: Visibility | None = Field(description="The project's own; null follows the project above.")
    in_force: Visibility
    from_place: MemberPlace | None
    public_allowed: bool


class MemberList(_Out):
    """Everybody who was given something on an object or above it; the nearest first."""

    object: MemberPlace
    visibility: VisibilityOut | None = Field(description="Of a project.")
    items: list[MemberOut]
    my_role: Role | None
    may_give: list[Right] = Field(description="The rights that the viewer may give here.")


class MemberIn(_In):
    """What somebody is from now on; without ``rights`` those that go with the role."""

    role: RoleOrNone
    rights: Annotated[list[Right], Field(max_length=len(Right))] | None = None


class VisibilityIn(_In):
    """Who sees a project without being a member; null follows the project above."""

    visibility: Visibility | None


class Candidates(_Out):
    """People and groups that may be made members."""

    items: list[SubjectOut]


class EffectiveMember(_Out):
    """What a person is on an object, whatever it rests on."""

    subject: SubjectOut
    role: Role
    rights: list[Right]
    explained: str


class EffectiveMembers(_Out):
    """One page of everybody who gets in by an entry, by name; administrators, who see all, are not listed."""

    items: list[EffectiveMember]
    next_cursor: str | None
    everybody: Role | None = Field(description="What everybody else is by the project's visibility.")


class StepOut(_Out):
    """One thing that decides whether a person may see an object."""

    code: str
    text: str
    place: MemberPlace | None
    via: SubjectOut | None
    role: RoleOrNone | None
    decides: bool


class Explanation(_Out):
    """Why a person may see an object, or may not, in whole sentences."""

    subject: SubjectOut
    role: Role | None
    rights: list[Right]
    summary: str
    steps: list[StepOut]
