"""What identity says over HTTP about signing in, and about oneself."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from coverslip.features.identity.schemas_shares import ShareSeen


def _without_nul(text: str) -> str:
    """Refuse the one character that PostgreSQL keeps in no text."""
    if "\0" in text:
        raise ValueError("a text holds no NUL")
    return text


Plain = Annotated[str, AfterValidator(_without_nul)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
UserName = Annotated[Plain, StringConstraints(min_length=1, max_length=200)]
Name = Annotated[Plain, StringConstraints(min_length=1, max_length=200)]
Email = Annotated[Plain, StringConstraints(max_length=254)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Role = Literal["administrator", "auditor", "operator"]
ScopeName = Literal["read", "write", "admin"]
DutyName = Literal["accept_terms", "set_up_second_factor"]
Credential = dict[str, Any]


class In(BaseModel):
    """A body; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _exactly_one(body: BaseModel, *choices: tuple[str, ...]) -> None:
    """Refuse a body that answers in none or in several of the ways."""
    given = {name for name, value in body if value is not None}
    if given not in [set(choice) for choice in choices]:
        ways = " or ".join(" with ".join(choice) for choice in choices)
        raise ValueError(f"send {ways}, and nothing else")


# --- signing in ---------------------------------------------------------------------------------


class SignIn(In):
    """The one-time token from the address that ``serve`` prints, or a user name and password."""

    one_time_token: Secret | None = None
    user_name: UserName | None = None
    password: Password | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _exactly_one(self, ("one_time_token",), ("user_name", "password"))
        return self


class SecondFactorIn(In):
    """The challenge of the first step, and one of the ways to answer it."""

    challenge: Secret
    totp: Code | None = None
    recovery_code: Code | None = None
    passkey: Credential | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _exactly_one(self, ("challenge", "totp"), ("challenge", "recovery_code"), ("challenge", "passkey"))
        return self


class PasskeyIn(In):
    """A passkey's answer to a challenge."""

    challenge: Secret
    passkey: Credential


class ConfirmIn(In):
    """A fresh proof of who is at the screen."""

    password: Password | None = None
    totp: Code | None = None
    challenge: Secret | None = None
    passkey: Credential | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _exactly_one(self, ("password",), ("totp",), ("challenge", "passkey"))
        return self


class ViewerOut(Out):
    """Who is looking; through a share link that is nobody in particular."""

    person_id: str
    user_name: str
    name: str
    is_admin: bool
    organisation_role: Role | None


class ProviderChoice(Out):
    """An account kept elsewhere by which people sign in; ``kind`` says what the page does for it."""

    name: str
    title: str
    kind: Literal["password", "redirect", "header"]


class SessionOut(Out):
    """The session behind the request; send ``csrf_token`` as ``X-CSRF-Token`` with every change.

    While there are duties, the session opens nothing but the way to do them.
    """

    state: Literal["signed_in"] = "signed_in"
    kind: Literal["session", "token", "share"] = "session"
    viewer: ViewerOut
    csrf_token: str | None
    expires_at: datetime
    duties: list[DutyName]
    provider: ProviderChoice | None = Field(description="Where the person's account is kept; null for here.")
    share: ShareSeen | None = None


class SecondFactorOut(Out):
    """The password is right; now one of these."""

    state: Literal["second_factor"] = "second_factor"
    second_factor: list[Literal["totp", "passkey", "recovery"]]
    challenge: str
    passkey_options: dict[str, Any] | None
    expires_at: datetime


class PasskeyChallengeOut(Out):
    """What ``navigator.credentials`` needs, as JSON."""

    challenge: str
    options: dict[str, Any]
    expires_at: datetime


class OptionsOut(Out):
    """What the sign-in page offers."""

    providers: list[ProviderChoice]
    announced: str | None = Field(description="Whom a proxy in front names, where one may.")
    registration: Literal["off", "domain", "approval"]
    registration_domains: list[str]
    mail: bool
    passkeys: bool
    terms_version: str | None


# --- me -----------------------------------------------------------------------------------------


class PersonOut(Out):
    """A person."""

    person_id: str
    user_name: str
    name: str
    email: str | None
    organisation_role: Role | None
    source: str
    state: Literal["active", "pending", "deactivated"]
    created_at: datetime
    last_seen_at: datetime | None


class GroupName(Out):
    """A group in few words."""

    group_id: str
    name: str


class PasswordState(Out):
    """Whether there is a password."""

    set: bool
    changed_at: datetime | None


class SecondFactorState(Out):
    """Which second factors there are."""

    required: bool
    totp: bool
    passkeys: int
    recovery_left: int


class TermsState(Out):
    """Whether the terms of use of today were accepted."""

    version: str
    accepted_at: datetime | None


class AskOut(Out):
    """Whom to ask for a project."""

    name: str
    email: str | None


class MeOut(Out):
    """All about the person behind the request."""

    person: PersonOut
    duties: list[DutyName]
    is_admin: bool
    scopes: list[ScopeName] | None
    session_kind: Literal["full", "limited", "token"]
    groups: list[GroupName]
    password: PasswordState
    second_factor: SecondFactorState
    terms: TermsState | None
    may_change_password: bool
    provider: ProviderChoice | None
    ask: list[AskOut]


class MePatch(In):
    """What one may change about oneself."""

    name: Name | None = None
    email: Email | None = None


class NewPassword(In):
    """The password as it is (null where there is none) and as it shall be."""

    current_password: Password | None
    new_password: Password


class PasswordCheckIn(In):
    """A password to be judged, with what an attacker would know of the person."""

    password: Password
    user_name: UserName | None = None
    name: Name | None = None
    email: Email | None = None


class PasswordCheckOut(Out):
    """Whether a password may be used; ``score`` is 0 to 4."""

    accepted: bool
    score: int
    problem: str | None


class TermsIn(In):
    """The version that was read."""

    version: Secret


class TermsOut(Out):
    """The terms of use."""

    version: str
    text: str


class TotpOut(Out):
    """What an authenticator app needs; shown once."""

    secret: str
    uri: str
    expires_at: datetime


class TotpCode(In):
    """A code that the app shows."""

    code: Code


class RecoveryCodesOut(Out):
    """Codes on paper, shown once; null when the person has some already."""

    recovery_codes: list[str] | None


class PasskeyOut(Out):
    """A passkey; ``synced`` ones live in an account of their maker, others in one device."""

    passkey_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    synced: bool


class PasskeysOut(Out):
    """My passkeys."""

    items: list[PasskeyOut]


class NewPasskey(In):
    """A passkey that a browser made."""

    challenge: Secret
    name: Name
    passkey: Credential


class NewPasskeyOut(Out):
    """The passkey, and recovery codes where it is the first second factor."""

    passkey: PasskeyOut
    recovery_codes: list[str] | None


class MySessionOut(Out):
    """A browser that is signed in."""

    session_id: str
    current: bool
    kind: Literal["full", "limited"]
    created_at: datetime
    last_active_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None


class SessionsOut(Out):
    """Browsers that are signed in."""

    items: list[MySessionOut]
