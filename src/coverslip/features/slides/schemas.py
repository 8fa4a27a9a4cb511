"""What the catalogue says over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, StringConstraints

from coverslip.features.access import Right, Role, Visibility
from coverslip.features.slides.stains import StainKind

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
FieldKey = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
FieldText = Annotated[StrictStr, StringConstraints(max_length=4000)]
FieldNumber = Annotated[StrictFloat, Field(allow_inf_nan=False)]
FieldInteger = Annotated[StrictInt, Field(ge=-(2**53), le=2**53)]
FieldValue = StrictBool | FieldInteger | FieldNumber | FieldText | None
Fields = Annotated[dict[FieldKey, FieldValue], Field(max_length=200)]


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class SlideState(StrEnum):
    """Where a slide stands between disk and screen."""

    REGISTERING = "registering"
    ARRIVING = "arriving"  # still being written
    READY = "ready"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    SUSPECT = "suspect"  # stored bytes do not match their checksum


class Reason(_Out):
    """Why a slide is not ready: a stable code and one plain sentence."""

    code: str
    message: str


class _Mine(_Out):
    """What the viewer is here, and which rights of their own go with it."""

    my_role: Role
    rights: list[Right]


class ProjectOut(_Mine):
    """A project; a folder on disk becomes a tree of them."""

    visibility: Visibility = Field(description="Who sees it without being a member; the one in force.")
    project_id: str
    parent_id: str | None
    name: str
    slide_count: int = Field(description="Slides directly in this project.")
    total_slide_count: int = Field(description="Slides in this project and all below it.")
    offline_since: datetime | None = Field(description="Set while the folder behind the project is unreachable.")


class ProjectList(_Out):
    """All projects that the viewer may see."""

    items: list[ProjectOut]


class SlideSummary(_Mine):
    """One slide in a list. Without the right ``identity``, names are replaced and what may hold one is empty."""

    slide_id: str
    no: int
    project_id: str
    name: str
    state: SlideState
    reason: Reason | None
    format: str | None
    vendor: str | None
    width: int | None
    height: int | None
    mpp_x: float | None
    mpp_y: float | None
    objective: float | None
    channel_count: int | None
    size_bytes: int
    version: str | None
    offline_since: datetime | None
    created_at: datetime
    scanned_at: datetime | None
    case_id: str | None
    case_name: str | None
    part: str | None
    block: str | None
    stain: str | None
    stain_kind: StainKind | None
    label_text: str | None
    tags: list[str]
    rating: int | None
    fields: dict[str, FieldValue]
    file_name: str
    content_sha256: str | None
    trashed_at: datetime | None


class Facet(_Out):
    """How many slides of the list have one value."""

    value: str
    count: int


class SlideList(_Out):
    """One page of slides; pass ``next_cursor`` to get the next."""

    items: list[SlideSummary]
    next_cursor: str | None
    total: int
    states: list[Facet]
    formats: list[Facet]
    stains: list[Facet] = Field(description="In the order of lists: H&E first.")
    tags: list[Facet]


class Level(_Out):
    """One level that can be asked for: everything a client needs, so that it computes nothing.

    ``stored`` levels pass through as they lie in the file; the others are made.
    """

    z: int
    width: int
    height: int
    tile_width: int
    tile_height: int
    cols: int
    rows: int
    downsample_x: float
    downsample_y: float
    stored: bool


class Channel(_Out):
    """One channel of a fluorescence slide."""

    index: int
    name: str
    colour: str
    emission_nm: float | None
    excitation_nm: float | None


class AssociatedImage(_Out):
    """Label, macro, thumbnail ..."""

    name: str
    width: int
    height: int


class Bounds(_Out):
    """The vendor's non-empty part of level 0."""

    x: int
    y: int
    width: int
    height: int


class Colour(_Out):
    """The slide's colour profile; ``managed`` says whether the viewer must apply the table."""

    profile: str | None
    managed: bool
    lut_size: int | None


class MppSource(StrEnum):
    """Who says how large a pixel is."""

    FILE = "file"
    PERSON = "person"


class SlideDetail(SlideSummary):
    """One slide, everything but its pixels. ``levels`` run from z = 0, the coarsest."""

    levels: list[Level]
    channels: list[Channel]
    rgb: bool
    dtype: str | None
    bit_depth: int | None
    z_count: int
    t_count: int
    z_spacing_um: float | None
    bounds: Bounds | None
    background: str
    associated: list[AssociatedImage]
    colour: Colour
    scanner: str | None
    mpp_source: MppSource | None
    mpp_entered_by: str | None
    objective_derived: bool = Field(description="True when only the pixel size is known; show it with a wave.")
    file_count: int
    entered: list[str] = Field(description="Fields that a person entered; no pattern overwrites them.")
    metadata: dict[str, str]


class Neighbours(_Out):
    """Where a slide stands in a list: its position counts from 1."""

    previous_id: str | None
    next_id: str | None
    position: int
    total: int


class SlidePatch(BaseModel):
    """What a person may change about a slide; absent fields stay, null empties.

    ``fields`` merges key by key; null deletes a key.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    mpp: Annotated[float, Field(gt=0.001, lt=1000)] | None = None
    case_id: Annotated[str, Field(max_length=64)] | None = None
    part: ShortText | None = None
    block: ShortText | None = None
    stain: ShortText | None = None
    stain_kind: StainKind | None = None
    label_text: Annotated[str, Field(max_length=2000)] | None = None
    tags: Annotated[list[Tag], Field(max_length=30)] | None = None
    rating: Annotated[StrictInt, Field(ge=1, le=5)] | None = None
    fields: Fields | None = None


SlideIds = Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=1000)]


class SlideBatch(BaseModel):
    """One change for many slides: all of them or none."""

    model_config = ConfigDict(extra="forbid")

    slide_ids: SlideIds
    patch: SlidePatch


class Changed(_Out):
    """How many slides were changed."""

    changed: int
