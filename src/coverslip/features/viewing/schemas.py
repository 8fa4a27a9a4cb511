"""What viewing says and takes over HTTP. Rotations are radians, clockwise; coordinates are level-0 pixels."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FARTHEST_PX = 1e9
MOST_CELLS = 2**18

Pixels = Annotated[float, Field(ge=-FARTHEST_PX, le=FARTHEST_PX, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=10_000)]
Index = Annotated[int, Field(ge=0, le=100_000)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class CameraView(_In):
    """Where the picture is: its centre, level-0 pixels for each CSS pixel, rotation, mirrored left to right."""

    x: Pixels
    y: Pixels
    resolution: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
    rotation: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)] = 0.0
    mirrored: bool = False


class PlaceIn(CameraView):
    """Where and how a person looks at a slide."""

    plane: Index | Literal["max", "mean"] = 0
    time: Index = 0
    style: dict[str, Any] | None = None
    managed: bool = True


class PlaceOut(PlaceIn):
    """Where and how a person last looked at a slide, and when."""

    seen_at: datetime


class OpenedOut(_Out):
    """Those of the slides asked for that the person has opened."""

    opened: list[str]


class CoverageIn(_In):
    """Cells seen at 10x or more, as row * cols + column; ``cell_px`` says of which grid."""

    cells: Annotated[list[Annotated[int, Field(ge=0, lt=MOST_CELLS)]], Field(max_length=20_000)]
    cell_px: Annotated[int, Field(ge=1, le=2**31)] | None = None


class CoverageOut(_Out):
    """What of a slide the person has seen.

    ``seen`` and ``tissue`` are base64 of one bit for each cell, cell ``i`` being bit ``i % 8`` (from
    the lowest) of byte ``i // 8``.
    """

    cols: int
    rows: int
    cell_px: int = Field(description="Side of a cell in level-0 pixels; the first begins at (0, 0).")
    seen: str
    tissue: str
    unseen_tissue_share: float | None = Field(description="0 to 1; null for a slide without tissue.")


class BookmarkIn(_In):
    """A place worth coming back to."""

    name: Name
    note: Note = ""
    view: CameraView


class BookmarkPatch(_In):
    """What may change about a bookmark; absent fields stay."""

    name: Name | None = None
    note: Note | None = None
    view: CameraView | None = None


class BookmarkOut(_Out):
    """A bookmark; ``mine`` says whether the person made it."""

    bookmark_id: str
    slide_id: str
    name: str
    note: str
    view: CameraView
    created_at: datetime
    author: str
    mine: bool


class BookmarkList(_Out):
    """All bookmarks of a slide, oldest first."""

    items: list[BookmarkOut]


class AlignmentIn(_In):
    """``matrix`` is (a, b, c, d, e, f): x' = a x + c y + e, y' = b x + d y + f, as of a canvas.

    ``pairs`` are the points it was made from: x and y on the one slide, x and y on the other.
    """

    matrix: Annotated[list[Number], Field(min_length=6, max_length=6)]
    pairs: Annotated[list[Annotated[list[Pixels], Field(min_length=4, max_length=4)]], Field(max_length=50)] = Field(
        default_factory=list
    )


class AlignmentOut(AlignmentIn):
    """How level-0 pixels of the first slide of the address lie on the second."""


class PresetIn(_In):
    """A style under a name, for one slide or for a project and nothing else."""

    name: Name
    style: dict[str, Any]
    slide_id: Annotated[str, Field(max_length=64)] | None = None
    project_id: Annotated[str, Field(max_length=64)] | None = None


class PresetOut(_Out):
    """A style under a name."""

    preset_id: str
    name: str
    style: dict[str, Any]
    slide_id: str | None
    project_id: str | None


class PresetList(_Out):
    """Presets of a project, or of a slide and its project."""

    items: list[PresetOut]


class DisplayCheckIn(_In):
    """The outcome of a display check; ``workstation`` is what the person calls the machine."""

    workstation: Name
    result: dict[str, Any]


class DisplayCheckOut(_Out):
    """A display check: who, where, when, with which outcome."""

    check_id: str
    workstation: str
    result: dict[str, Any]
    author: str
    created_at: datetime


class DisplayCheckList(_Out):
    """The last display checks, newest first: the person's own, an administrator's are everybody's."""

    items: list[DisplayCheckOut]
