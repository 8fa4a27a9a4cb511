"""Tables of identity. Secrets are stored as SHA-256 only, so a copy of the database opens nothing."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coverslip.infra.db import Base, RowNo


class Person(Base):
    """Somebody with an account; so far the one local administrator."""

    __tablename__ = "person"

    no: Mapped[RowNo]
    person_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    is_admin: Mapped[bool]
    created_at: Mapped[datetime]


class OneTimeToken(Base):
    """The secret in the address that ``serve`` prints; good for one sign-in."""

    __tablename__ = "one_time_token"

    no: Mapped[RowNo]
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SessionRecord(Base):
    """A browser that signed in; ``idle_s`` stays as it was at sign-in, whatever the setting becomes."""

    __tablename__ = "session"

    no: Mapped[RowNo]
    session_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    csrf_hash: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    created_at: Mapped[datetime]
    last_active_at: Mapped[datetime]
    idle_s: Mapped[int]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """A secret for scripts, sent as ``Authorization: Bearer``."""

    __tablename__ = "api_token"

    no: Mapped[RowNo]
    token_id: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A refused sign-in, kept for as long as it counts against its address."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "address", "at"),)

    no: Mapped[RowNo]
    address: Mapped[str]
    at: Mapped[datetime]
