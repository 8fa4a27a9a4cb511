"""What notices say over HTTP."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class NoticeKind(StrEnum):
    """What happened."""

    MENTION = "mention"
    REPLY = "reply"
    REVIEW_ASKED = "review_asked"
    REVIEW_DECIDED = "review_decided"
    SHARE_DONE = "share_done"
    SHARE_ENDING = "share_ending"


class NoticeOut(BaseModel):
    """Something that happened and concerns the person who asks."""

    model_config = ConfigDict(frozen=True)

    notice_id: str
    kind: NoticeKind
    at: datetime
    by_name: str = Field(description="Who caused it; for a share link its recipient.")
    word: str = Field(description="Of a decided review: `approved` or `rejected`; else empty.")
    slide_id: str | None
    slide_name: str | None
    annotation_id: str | None
    comment_id: str | None
    share_id: str | None
    read_at: datetime | None


class NoticeList(BaseModel):
    """Newest first; ``unread`` counts all that wait."""

    items: list[NoticeOut]
    unread: int
    next_before: int | None = Field(default=None, description="Ask with `before=` for older ones.")


class NoticesRead(BaseModel):
    """Which were read; none named means all."""

    model_config = ConfigDict(extra="forbid")

    notice_ids: list[str] | None = Field(default=None, max_length=500)


class NoticeChoices(BaseModel):
    """Of which kinds a mail is wanted, too, and whether this server can send any."""

    mail: list[NoticeKind]
    can_mail: bool


class NoticeChoicesIn(BaseModel):
    """Of which kinds a mail is wanted, too."""

    model_config = ConfigDict(extra="forbid")

    mail: list[NoticeKind] = Field(max_length=len(NoticeKind))
