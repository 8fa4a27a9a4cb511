"""What annotations take and say over HTTP. Coordinates are level-0 pixels, angles radians clockwise as seen."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_OPS = 500

Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Text = Annotated[str, Field(max_length=200)]
Revision = Annotated[int, Field(ge=0, le=2**53)]
Visibility = Literal["private", "project"]
Review = Literal["draft", "in_review", "approved", "rejected"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class OpIn(_In):
    """One operation. ``patch`` sets keys of its target; ``base_rev`` is the revision that its author saw."""

    op_id: Uuid
    entity: Literal["annotation", "comment"]
    target: Uuid
    kind: Literal["create", "change", "delete", "restore"]
    base_rev: Revision = 0
    patch: dict[str, Any] = Field(default_factory=dict)
    undo_of: Annotated[int, Field(ge=1, le=2**53)] | None = Field(
        default=None, description="The journal entry that this takes back; refused if what it touches changed since."
    )


class OpsIn(_In):
    """Operations, each decided by itself; all that are not refused are kept together or not at all."""

    ops: Annotated[list[OpIn], Field(max_length=MOST_OPS)]
    guest_name: Annotated[str, Field(max_length=60)] | None = Field(
        default=None, description="How somebody who came by a share link wants to be called."
    )


class OpResult(_Out):
    """What became of an operation."""

    op_id: str
    outcome: Literal["applied", "merged", "kept_as_variant", "repeated", "refused"]
    seq: int = Field(description="Its last entry in the journal; where it changed nothing, the last there was.")
    rev: int = Field(description="The target's revision afterwards.")
    lost: list[str] = Field(description="Keys where it replaced what somebody else wrote since its base.")
    variant_id: str | None = Field(description="The sibling that keeps an outline which met another one.")
    code: str | None
    detail: str | None


class OpsOut(_Out):
    """What became of each operation, in order, and the last number of the slide's journal."""

    results: list[OpResult]
    seq: int


class AnnotationOut(_Out):
    """A drawn object."""

    annotation_id: str
    layer_id: str
    object_type: Literal["annotation", "detection", "cell", "tile", "tma_core"]
    parent_id: str | None
    geometry: dict[str, Any] | None
    nucleus: dict[str, Any] | None
    class_id: str | None
    name: str
    properties: dict[str, Any]
    measurements: dict[str, float]
    plane: int
    time: int
    locked: bool
    review: Review
    review_note: str
    corrects: dict[str, Any] | None
    variant_of: str | None
    author_id: str
    author_name: str
    created_at: datetime
    changed_at: datetime
    rev: int
    deleted: bool


class CommentOut(_Out):
    """A remark in a thread."""

    comment_id: str
    thread_id: str
    on: dict[str, Any]
    text: str
    mentions: list[str]
    author_id: str
    author_name: str
    created_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    deleted: bool
    rev: int


class LayerIn(_In):
    """A layer to be made; a client may give it its id."""

    layer_id: Uuid | None = None
    name: Text = "Annotations"
    visibility: Visibility = "project"
    opacity: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0
    order: Annotated[int, Field(ge=0, le=100_000)] | None = None


class NewLayerIn(LayerIn):
    """A layer to be made over HTTP."""

    guest_name: Annotated[str, Field(max_length=60)] | None = None


class LayerPatch(_In):
    """What changes about a layer; what is left out stays."""

    name: Text = ""
    visibility: Visibility = "project"
    locked: bool = False
    opacity: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0
    order: Annotated[int, Field(ge=0, le=100_000)] = 0
    deleted: Literal[False] = Field(default=False, description="False brings a deleted layer back.")


class LayerOut(_Out):
    """A layer."""

    layer_id: str
    slide_id: str
    name: str
    owner_id: str
    owner_name: str
    kind: Literal["drawn", "result", "overlay"]
    visibility: Visibility
    locked: bool
    opacity: float
    order: int
    created_at: datetime
    rev: int
    deleted: bool
    object_count: int | None
    info: dict[str, Any]


class LayerList(_Out):
    """Layers from the bottom up."""

    items: list[LayerOut]


class SnapshotOut(_Out):
    """All that was drawn and written on a slide, as of one number of its journal."""

    annotations: list[AnnotationOut]
    comments: list[CommentOut]
    layers: list[LayerOut]
    seq: int


class EntryOut(_Out):
    """One change in the journal of a slide; ``before`` holds the old values of the keys that really changed."""

    seq: int
    op_id: str
    entity: Literal["annotation", "comment", "layer", "class_list", "result_layer"]
    target: str
    kind: Literal["create", "change", "delete", "restore"]
    author_id: str
    author_name: str
    at: datetime
    base_rev: int
    rev: int
    patch: dict[str, Any]
    before: dict[str, Any]
    variant_of: str | None


class JournalOut(_Out):
    """Entries in order; ``seq`` is the last that was looked at: ask for what comes after it."""

    entries: list[EntryOut]
    seq: int


class TimelinePart(_Out):
    """Changes that one person made without a pause of a minute; ``seq`` and ``at`` are of the last."""

    seq: int
    at: datetime
    author_name: str
    count: int


class TimelineOut(_Out):
    """When a slide's annotations changed, oldest first."""

    items: list[TimelinePart]


class SlideFound(_Out):
    """A slide with annotations that match."""

    slide_id: str
    count: int
    changed_at: datetime


class SlidesFound(_Out):
    """Slides with annotations that match; ``next_cursor`` goes on."""

    items: list[SlideFound]
    next_cursor: str | None
