"""What a tumour board is over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

MOST_STOPS: Final = 200
MOST_PANES: Final = 4
LARGEST_LOOK: Final = 16 * 1024

Id = Annotated[str, Field(min_length=1, max_length=64)]
Number = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Rev = Annotated[int, Field(ge=1, le=2**62)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Camera(_In):
    """Where the picture is: its middle in level-0 pixels, level-0 pixels for each CSS pixel, how it lies."""

    x: Number
    y: Number
    resolution: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
    rotation: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)] = 0.0
    mirrored: bool = False


class Pane(_In):
    """One slide as it is shown. ``look`` is the style of the tile addresses; None for the file's own pixels."""

    slide_id: Id
    camera: Camera
    look: dict[str, Any] | None = None


class StopIn(_In):
    """One thing to show. A stop that is there is named by ``stop_id``; with nothing else it stays as it is."""

    stop_id: Id | None = None
    case_id: Id | None = None
    panes: list[Pane] | None = Field(default=None, min_length=1, max_length=MOST_PANES)
    layers: list[Id] = Field(default_factory=list, max_length=100, description="Layers of annotations to show.")
    note: str = Field(default="", max_length=4000)
    hide_identity: bool = True


class StopOut(BaseModel):
    """One thing to show; ``hidden`` says that it is not for whoever asks, and nothing else of it."""

    model_config = ConfigDict(frozen=True)

    stop_id: str
    hidden: bool = False
    case_id: str | None = None
    case_name: str | None = None
    slide_names: list[str] = Field(default_factory=list, description="One for each pane.")
    panes: list[Pane] = Field(default_factory=list)
    layers: list[str] = Field(default_factory=list)
    note: str = ""
    hide_identity: bool = True


class BoardIn(_In):
    """A new board."""

    project_id: Id
    title: str = Field(min_length=1, max_length=200)
    stops: list[StopIn] = Field(default_factory=list, max_length=MOST_STOPS)


class BoardPatch(_In):
    """What is to change; ``rev`` is the one that was seen."""

    rev: Rev
    title: str | None = Field(default=None, min_length=1, max_length=200)
    stops: list[StopIn] | None = Field(default=None, max_length=MOST_STOPS)


class BoardOrder(_In):
    """All stops in their new order."""

    rev: Rev
    stop_ids: list[Id] = Field(max_length=MOST_STOPS)


class BoardShort(BaseModel):
    """A board in the list."""

    model_config = ConfigDict(frozen=True)

    board_id: str
    project_id: str
    title: str
    owner_id: str
    owner_name: str
    stop_count: int
    rev: int
    changed_at: datetime
    may_change: bool


class BoardOut(BoardShort):
    """A board with its stops, in their order."""

    stops: list[StopOut]


class BoardList(BaseModel):
    """Boards, the last changed first."""

    items: list[BoardShort]
