"""The audit trail over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from coverslip.features.operations.actions import Kind
from coverslip.infra.audit import Outcome


class AuditFormat(StrEnum):
    """As what the trail is exported."""

    CSV = "csv"
    JSONL = "jsonl"
    XML = "xml"


class AuditRecord(BaseModel):
    """One thing that happened."""

    model_config = ConfigDict(frozen=True)

    no: int
    at: datetime
    action: str
    kind: Kind | None = Field(description="What kind of action it is.")
    outcome: Outcome
    principal: str | None = Field(description="Id of the person; none for the server itself or somebody unknown.")
    person: str | None = Field(description="The person's name.")
    session_id: str | None
    token_id: str | None
    share_id: str | None
    address: str | None
    object_kind: str | None
    object_id: str | None
    object_name: str | None = Field(description="What it is called now; for administrators only.")
    detail: dict[str, Any]


class AuditRecords(BaseModel):
    """A page of the trail, newest first."""

    model_config = ConfigDict(frozen=True)

    items: list[AuditRecord]
    next_cursor: str | None


class Sighting(BaseModel):
    """That somebody saw an object in a span of time, and how often it is on record."""

    model_config = ConfigDict(frozen=True)

    principal: str | None
    person: str | None
    share_id: str | None
    token_id: str | None
    first_at: datetime
    last_at: datetime
    records: int
    objects: int = Field(description="How many of the object and what it holds.")


class Sightings(BaseModel):
    """Who saw an object, the last first."""

    model_config = ConfigDict(frozen=True)

    items: list[Sighting]
    objects: int = Field(description="How many things have the name that was asked for; none: nobody can have seen it.")


class Head(BaseModel):
    """The end of the trail, signed by this server; keep it where the server cannot reach."""

    model_config = ConfigDict(frozen=True)

    kind: str = "coverslip audit head"
    no: int
    hash: str
    at: str
    public_key: str
    signature: str
