"""What share links look like over HTTP: to those who make them, and to the stranger who opens one."""

import re
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

ShareKind = Literal["slide", "case", "project"]
May = Literal["look", "comment", "annotate"]
EndedWhy = Literal["revoked", "expired", "opens", "trashed"]

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?")


def _plain(text: str) -> str:
    """Refuse the one character that PostgreSQL keeps in no text."""
    if "\0" in text:
        raise ValueError("a text holds no NUL")
    return text.strip()


def _origin(text: str) -> str:
    """Take an address as browsers name a site: scheme, host and port, nothing else."""
    parts = urlsplit(text.strip().rstrip("/").lower())
    bare = not (parts.path or parts.query or parts.fragment) and parts.scheme in {"https", "http"}
    if not bare or _HOST.fullmatch(parts.netloc) is None:
        raise ValueError("an origin is a scheme and a host, such as https://portal.example.org")
    return f"{parts.scheme}://{parts.netloc}"


Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]
Note = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_plain)]
Password = Annotated[str, StringConstraints(min_length=8, max_length=200)]
Origin = Annotated[str, StringConstraints(max_length=200), AfterValidator(_origin)]
Origins = Annotated[list[Origin], Field(max_length=20)]
ObjectId = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_plain)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Opens = Annotated[int, Field(ge=1, le=100_000)]


class _In(BaseModel):
    """A body; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


# --- those who share ----------------------------------------------------------------------------


class ShareStart(BaseModel):
    """Where the recipient begins: the sender's order of slides, the slide and the view on the screen."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    slide_ids_order: Annotated[list[ObjectId], Field(max_length=1000)] = Field(default_factory=list)
    slide_id: ObjectId | None = None
    view: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_plain)] | None = Field(
        default=None, description="The part of the viewer's address that says what is on the screen."
    )


class ShareIn(_In):
    """A link to be made."""

    kind: ShareKind
    object_id: ObjectId
    recipient: Text = ""
    note: Note = ""
    may: May = "look"
    annotations: bool = True
    expires_at: datetime | None = Field(default=None, description="Seven days from now when null; a year at most.")
    password: Password | None = None
    maximum_opens: Opens | None = None
    identity: bool = Field(
        default=False, description="Whether names, labels, macro images and metadata are shown; needs the right."
    )
    watermark: bool = False
    origins: Origins = Field(default_factory=list, description="Sites that may show the link in a frame.")
    start: ShareStart | None = None


class SharePatch(_In):
    """What changes about a link; what is left out stays."""

    recipient: Text | None = None
    note: Note | None = None
    may: May | None = None
    annotations: bool | None = None
    expires_at: datetime | None = None
    password: Password | None = Field(default=None, description="Null takes the password away.")
    maximum_opens: Opens | None = Field(default=None, description="Null takes the limit away.")
    identity: bool | None = None
    watermark: bool | None = None
    origins: Origins | None = None


class ShareMaker(_Out):
    """Who made a link."""

    person_id: str
    name: str


class ShareRequestOut(_Out):
    """Somebody asked for more time."""

    requested_at: datetime
    message: str


class ShareOut(_Out):
    """A link as those see it who manage what it shows; its token was shown once and is kept nowhere."""

    share_id: str
    kind: ShareKind
    object_id: str
    object_name: str | None = Field(description="Null when the object is gone.")
    made_by: ShareMaker
    recipient: str
    note: str
    may: May
    annotations: bool
    identity: bool
    watermark: bool
    origins: list[str]
    has_password: bool
    expires_at: datetime
    ended_at: datetime | None
    ended_by: ShareMaker | None
    ended_why: EndedWhy | None
    maximum_opens: int | None
    opens: int
    last_seen_at: datetime | None
    last_seen_from: str | None = Field(description="The network address.")
    done_at: datetime | None
    done_message: str
    created_at: datetime
    requests: list[ShareRequestOut]


class NewShare(_Out):
    """A fresh link. The token is shown this once."""

    share: ShareOut
    token: str
    url: str


class ShareList(_Out):
    """One page of links, the newest first."""

    items: list[ShareOut]
    next: str | None


class SharePreview(_Out):
    """Where "View as recipient" goes on; open it in a new tab."""

    url: str


class ShareCheckIn(_In):
    """What is to be looked through before a link is made."""

    kind: ShareKind
    object_id: ObjectId
    note: Note = ""
    recipient: Text = ""
    identity: bool = Field(default=False, description="Whether the link would show names.")


class ShareWarning(_Out):
    """A text that the recipient would read and that looks as if it named somebody."""

    where: Literal["note", "slide name", "case name", "tag", "bookmark", "preset"]
    text: str
    why: str


class ShareWarnings(_Out):
    """What was found."""

    warnings: list[ShareWarning]


# --- the stranger -------------------------------------------------------------------------------


Held = Annotated[
    Token | None, Field(default=None, description="Null: the link by which this browser came, also after its end.")
]
"""The secret of a link; it travels in bodies only."""


class ShareLookIn(_In):
    """Which link is looked at."""

    token: Held


class ShareEnd(_Out):
    """When and why a link ended."""

    at: datetime
    why: EndedWhy


class ShareLook(_Out):
    """What the page of a link says before anything is opened; asking for it changes and counts nothing."""

    state: Literal["open", "password", "ended", "none"]
    share_from: str | None = Field(default=None, serialization_alias="from")
    note: str | None = None
    recipient: str | None = None
    kind: ShareKind | None = None
    slide_count: int | None = None
    expires_at: datetime | None = None
    may: May | None = None
    download: Literal[False] = False
    tries_left: int | None = None
    ended: ShareEnd | None = None
    ask: str | None = Field(default=None, description="Whom to ask for more time.")


class ShareOpenIn(_In):
    """The button "Open slides"."""

    token: Token
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    embedded: bool = Field(default=False, description="Whether the page stands in a frame of a listed origin.")


class ShareOpenedStart(_Out):
    """Where to go on."""

    path: str


class ShareOpened(_Out):
    """A link was opened: the cookie is set, the token has done its work."""

    csrf_token: str
    start: ShareOpenedStart


class ShareDoneIn(_In):
    """The recipient has finished."""

    message: Note = ""


class ShareRequestIn(_In):
    """The recipient asks for more time."""

    token: Held
    message: Note = ""
