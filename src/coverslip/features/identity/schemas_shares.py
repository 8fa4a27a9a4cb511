"""What a browser is told of the share link by which it came."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ShareSeenStart(BaseModel):
    """Where the recipient begins."""

    model_config = ConfigDict(frozen=True)

    slide_ids_order: list[str]
    slide_id: str | None
    view: str | None


class ShareSeen(BaseModel):
    """The link behind a session."""

    model_config = ConfigDict(frozen=True)

    share_id: str
    share_from: str = Field(serialization_alias="from")
    note: str
    recipient: str
    expires_at: datetime
    may: Literal["look", "comment", "annotate"]
    annotations: bool
    identity: bool
    watermark: str | None = Field(description="To be drawn over the slide and into every picture taken of it.")
    kind: Literal["slide", "case", "project"]
    object_id: str
    start: ShareSeenStart
    preview: bool = Field(description="Whether somebody looks at their own link as its recipient will.")
