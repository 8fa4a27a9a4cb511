"""What exports say over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class ExportKind(StrEnum):
    """What a slide may be written as."""

    OME_TIFF = "ome-tiff"
    OME_ZARR = "ome-zarr"

    @property
    def suffix(self) -> str:
        """How its files end."""
        return ".ome.tif" if self is ExportKind.OME_TIFF else ".ome.zarr.zip"

    @property
    def media_type(self) -> str:
        """MIME type."""
        return "image/tiff" if self is ExportKind.OME_TIFF else "application/zip"


class ExportState(StrEnum):
    """Where an export stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


_Edge = Annotated[float, Field(allow_inf_nan=False, ge=-(2.0**31), lt=2.0**31)]
_Side = Annotated[float, Field(allow_inf_nan=False, gt=0, lt=2.0**31)]


class ExportIn(BaseModel):
    """A slide or a rectangle of it, as one file."""

    model_config = ConfigDict(extra="forbid")

    kind: ExportKind
    x: _Edge | None = Field(default=None, description="Left edge in level-0 pixels; give all four or none.")
    y: _Edge | None = Field(default=None, description="Top edge in level-0 pixels.")
    width: _Side | None = Field(default=None, description="Level-0 pixels.")
    height: _Side | None = Field(default=None, description="Level-0 pixels.")
    objective: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        allow_inf_nan=False,
        description="20 means 0.5 micrometres a pixel; as scanned without.",
    )
    lossless: bool | None = Field(
        default=None, description="true keeps every pixel, false allows JPEG; without it, as the slide's own file does."
    )
    identity: bool = Field(
        default=True,
        description="false keeps the slide's name and date out of file and file name; without it as the rights allow.",
    )

    @model_validator(mode="after")
    def _whole_rectangle(self) -> "ExportIn":
        given = [self.x, self.y, self.width, self.height]
        if any(value is None for value in given) and any(value is not None for value in given):
            raise ValueError("give x, y, width and height, or none of them")
        return self

    def stored(self) -> dict[str, Any]:
        """Return the request as a row keeps it."""
        return self.model_dump(mode="json", exclude_none=True)


class EstimateOut(BaseModel):
    """What an export would be, before it is made."""

    model_config = ConfigDict(frozen=True)

    width: int = Field(description="Pixels of the finest level.")
    height: int
    levels: int
    mpp: float | None = Field(description="Micrometres per pixel of the finest level.")
    estimated_bytes: int
    free_bytes: int = Field(description="What the server's disk can still take.")
    fits: bool


class ExportOut(BaseModel):
    """An export and how far it is."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    slide_id: str
    kind: ExportKind
    state: ExportState
    progress: float = Field(ge=0, le=1, description="Share of the tiles that are written.")
    file_name: str
    estimated_bytes: int
    size_bytes: int | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When the file is removed.")


class ExportList(BaseModel):
    """The viewer's own exports, newest first."""

    model_config = ConfigDict(frozen=True)

    items: list[ExportOut]


class DownloadOut(BaseModel):
    """What a zip of originals would hold."""

    model_config = ConfigDict(frozen=True)

    slides: int
    files: int
    size_bytes: int = Field(description="Bytes of the whole archive.")
