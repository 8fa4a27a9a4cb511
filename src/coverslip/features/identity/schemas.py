"""What identity says over HTTP."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class SignIn(BaseModel):
    """The one-time token from the address that ``serve`` prints."""

    model_config = ConfigDict(extra="forbid")

    one_time_token: str = Field(min_length=1, max_length=200)


class ViewerOut(BaseModel):
    """Who is looking."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    name: str
    is_admin: bool


class SessionOut(BaseModel):
    """The session behind the request; send ``csrf_token`` as ``X-CSRF-Token`` with every change."""

    model_config = ConfigDict(frozen=True)

    viewer: ViewerOut
    csrf_token: str | None
    expires_at: datetime
