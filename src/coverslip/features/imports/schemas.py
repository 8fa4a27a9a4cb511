"""What imports say over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class RootIn(BaseModel):
    """A folder on the server to show in place."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=4096)


class RootOut(BaseModel):
    """A served folder and how far its registration is."""

    model_config = ConfigDict(frozen=True)

    root_id: str
    project_id: str
    path: str
    scanning: bool
    offline_since: datetime | None
    found: int = Field(description="Candidate slides seen in the current or last scan.")
    done: int = Field(description="Of these, how many were handled.")
    registered: int
    unreadable: int
    ignored: int = Field(description="Files that are no slides (XML, PDF, Thumbs.db): counted, not listed.")
    rate_per_s: float | None
    seconds_left: float | None
    last_scan_at: datetime | None


class RootList(BaseModel):
    """All served folders."""

    model_config = ConfigDict(frozen=True)

    items: list[RootOut]


class UploadOut(BaseModel):
    """An unfinished upload."""

    model_config = ConfigDict(frozen=True)

    upload_id: str
    arrival_id: str
    path: str
    size_bytes: int
    offset: int = Field(description="How many bytes are here; the next piece begins there.")
    group: str | None = Field(description="The client's own name for the files that arrive together.")
    project_id: str | None
    case: str | None
    expires_at: datetime


class UploadList(BaseModel):
    """Unfinished uploads of one person."""

    model_config = ConfigDict(frozen=True)

    items: list[UploadOut]


class ArrivalState(StrEnum):
    """Where an arrival stands."""

    RECEIVING = "receiving"
    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    DUPLICATE = "duplicate"


class ArrivalReason(BaseModel):
    """Why something did not become a slide: a stable code and one sentence."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str


class ArrivalOut(BaseModel):
    """One thing that arrived, is arriving or was refused."""

    model_config = ConfigDict(frozen=True)

    arrival_id: str
    kind: Literal["upload", "folder"]
    state: ArrivalState
    name: str
    project_id: str
    case: str | None
    file_count: int
    size_bytes: int
    received_bytes: int
    slide_ids: list[str]
    duplicate_of: str | None = Field(description="A slide that has the same bytes.")
    reason: ArrivalReason | None
    can_retry: bool
    created_at: datetime
    updated_at: datetime


class ArrivalList(BaseModel):
    """A page of the log, newest first."""

    model_config = ConfigDict(frozen=True)

    items: list[ArrivalOut]
    next_cursor: str | None
    counts: dict[ArrivalState, int]


class RetryIn(BaseModel):
    """How to try again."""

    model_config = ConfigDict(extra="forbid")

    keep: bool = Field(default=False, description="Register it although the same bytes are here already.")


class BatchItem(BaseModel):
    """What happened with one row of a batch; rows count from 1, the header is none."""

    model_config = ConfigDict(frozen=True)

    row: int
    file: str
    slide_id: str | None
    reason: ArrivalReason | None


class BatchOut(BaseModel):
    """What a batch did, or with ``dry_run`` would do."""

    model_config = ConfigDict(frozen=True)

    rows: int
    accepted: int
    refused: int
    items: list[BatchItem]


class RuleIn(BaseModel):
    """What becomes of the slides at and below a folder."""

    model_config = ConfigDict(extra="forbid")

    folder: str = Field(min_length=1, max_length=4096, description="Absolute path on the server.")
    project_id: str | None = Field(default=None, max_length=64)
    pattern: str | None = Field(default=None, max_length=500, description="Reads fields from file names.")
    stain: str | None = Field(default=None, max_length=100, description="For slides whose name says none.")


class RulePatch(BaseModel):
    """Changes of a rule; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    project_id: str | None = Field(default=None, max_length=64)
    pattern: str | None = Field(default=None, max_length=500)
    stain: str | None = Field(default=None, max_length=100)


class RuleOut(RuleIn):
    """A rule."""

    model_config = ConfigDict(frozen=True)

    rule_id: str


class RuleList(BaseModel):
    """All rules."""

    model_config = ConfigDict(frozen=True)

    items: list[RuleOut]


class PurgeIn(BaseModel):
    """What to delete for good."""

    model_config = ConfigDict(extra="forbid")

    object_ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=500)] | None = (
        Field(default=None, description="Slides, cases and projects of the trash's list; null empties it.")
    )


class Purged(BaseModel):
    """What was deleted for good, and what had to stay."""

    model_config = ConfigDict(frozen=True)

    slides: int
    cases: int
    projects: int
    in_place: int = Field(description="Slides that stay because their file still lies in a served folder.")
    copied: int = Field(description="Slides that stay because a record elsewhere shares their bytes.")
