"""Tables of identity.

Secrets are stored as hashes only, so a copy of the database opens nothing. The one secret that must
be read back, that of a TOTP, is encrypted with a key that lies beside the database, not in it.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class Person(Base):
    """Somebody with an account.

    ``sign_in_name`` is the user name folded; it alone decides who is who. ``search_text`` is what a
    search for people looks at, folded too, so that it finds the same on every database.
    """

    __tablename__ = "person"

    no: Mapped[RowNo]
    person_id: Mapped[str] = mapped_column(unique=True)
    user_name: Mapped[str]
    sign_in_name: Mapped[str] = mapped_column(unique=True, index=True)
    name: Mapped[str]
    email: Mapped[str | None]
    search_text: Mapped[str]
    organisation_role: Mapped[str | None]
    source: Mapped[str]
    external_id: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[str]
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]


class PasswordRecord(Base):
    """A person's password as an argon2id hash; who has none cannot sign in by one."""

    __tablename__ = "person_password"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime]


class TotpRecord(Base):
    """A person's authenticator app, and the one that may replace it once a code of it was typed in.

    ``last_step`` keeps a code from being used twice.
    """

    __tablename__ = "person_totp"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    sealed_secret: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None]
    pending_secret: Mapped[str | None]
    pending_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code on paper, good for one sign-in without the phone."""

    __tablename__ = "recovery_code"

    no: Mapped[RowNo]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class PasskeyRecord(Base):
    """A public key whose private half lies in a phone, a computer or a security key."""

    __tablename__ = "passkey"

    no: Mapped[RowNo]
    passkey_id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int]
    name: Mapped[str]
    synced: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class ChallengeRecord(Base):
    """A question that one browser was asked and has not answered yet."""

    __tablename__ = "sign_in_challenge"
    __table_args__ = (Index(None, "address", "expires_at"),)

    no: Mapped[RowNo]
    challenge_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.person_id"))
    webauthn: Mapped[str | None]
    address: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class OneTimeToken(Base):
    """The secret in the address that ``serve`` prints; good for one sign-in."""

    __tablename__ = "one_time_token"

    no: Mapped[RowNo]
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LinkRecord(Base):
    """A link that lets somebody in once: an invitation, a reset, a confirmed mail address."""

    __tablename__ = "person_link"

    no: Mapped[RowNo]
    link_id: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.person_id"), index=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    organisation_role: Mapped[str | None]
    group_ids: Mapped[list[str]]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("person.person_id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SessionRecord(Base):
    """A browser that signed in; ``idle_s`` stays as it was at sign-in, whatever the setting becomes.

    ``kind`` is ``full``, or ``limited`` while the person still has to accept the terms of use or set
    up a second factor. ``proved_at`` is when they last proved who they are.
    """

    __tablename__ = "session"

    no: Mapped[RowNo]
    session_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    csrf_hash: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), index=True)
    kind: Mapped[str]
    address: Mapped[str | None]
    agent: Mapped[str | None]
    created_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    last_active_at: Mapped[datetime]
    idle_s: Mapped[int]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ShareSession(Base):
    """A browser that opened a share link; ``access`` owns the link itself.

    ``opened_by`` is set where somebody who manages the link looks at it as its recipient will.
    """

    __tablename__ = "share_session"

    no: Mapped[RowNo]
    session_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    csrf_hash: Mapped[str]
    share_id: Mapped[str] = mapped_column(index=True)
    opened_by: Mapped[str | None]
    address: Mapped[str | None]
    agent: Mapped[str | None]
    created_at: Mapped[datetime]
    last_active_at: Mapped[datetime]
    idle_s: Mapped[int]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """A secret for scripts, sent as ``Authorization: Bearer``; no ``scopes`` means all that the person may."""

    __tablename__ = "api_token"

    no: Mapped[RowNo]
    token_id: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), index=True)
    name: Mapped[str]
    scopes: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A guess, kept for as long as it counts against its account and its address.

    It is written before the guess is looked at, so that guesses made at once count too; ``failed``
    says that it was wrong. ``account`` is a keyed hash: people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "address", "at"), Index(None, "account", "at"))

    no: Mapped[RowNo]
    address: Mapped[str]
    account: Mapped[str | None]
    at: Mapped[datetime]
    failed: Mapped[bool]


class Group(Base):
    """Several people under one name, for permissions."""

    __tablename__ = "person_group"

    no: Mapped[RowNo]
    group_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str]
    source: Mapped[str]
    created_at: Mapped[datetime]


class GroupMember(Base):
    """A person in a group; ``source`` says who put them there."""

    __tablename__ = "group_member"
    __table_args__ = (UniqueConstraint("group_id", "person_id"),)

    no: Mapped[RowNo]
    group_id: Mapped[str] = mapped_column(ForeignKey("person_group.group_id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), index=True)
    source: Mapped[str]


class TermsAcceptance(Base):
    """Who accepted which version of the terms of use, and when."""

    __tablename__ = "terms_acceptance"
    __table_args__ = (UniqueConstraint("person_id", "version"),)

    no: Mapped[RowNo]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    version: Mapped[str]
    accepted_at: Mapped[datetime]
