"""What importing and exporting annotation files says over HTTP."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class LostOut(_Out):
    """Something that was not carried, and of how many objects."""

    what: str
    count: int


class FoundClassOut(_Out):
    """A class that a file names; ``new`` where the project's list has no class of that name."""

    name: str
    count: int
    colour: str | None
    class_id: str | None
    new: bool


class PreviewOut(_Out):
    """One outline of a preview."""

    geometry: dict[str, Any]
    colour: str | None
    class_name: str | None


class GoesOut(_Out):
    """Objects that go together: onto a drawn layer, or into a result layer. The id is null in a dry run."""

    kind: Literal["drawn", "polygon", "point"]
    count: int
    layer_id: str | None
    name: str


class ImportOut(_Out):
    """What an annotation file holds, where it goes, and what could not be carried."""

    file_name: str
    format: str
    title: str
    frame: Literal["full", "cropped"]
    offset: tuple[float, float] = Field(description="Where the cropped plane begins on the slide.")
    dry_run: bool
    objects: int
    vertices: int
    holes: int
    kinds: dict[str, int]
    object_types: dict[str, int]
    classes: list[FoundClassOut]
    goes: list[GoesOut]
    lost: list[LostOut]
    preview: list[PreviewOut]


class FormatOut(_Out):
    """A format of annotation files."""

    name: str
    title: str
    suffix: str
    frame: Literal["full", "cropped"]
    imported: bool
    exported: bool


class FormatList(_Out):
    """The formats that are read or written."""

    items: list[FormatOut]


class FoundFileOut(_Out):
    """An annotation file that lies beside a slide."""

    slide_id: str
    slide_name: str
    file_name: str
    format: str
    size_bytes: int


class FoundFilesOut(_Out):
    """Annotation files beside the slides of a project; ``truncated`` when there are more."""

    items: list[FoundFileOut]
    total: int
    truncated: bool


class FoundFilesIn(BaseModel):
    """Which of the files found beside slides are imported; all of them when none is named."""

    model_config = ConfigDict(extra="forbid")
    slide_ids: Annotated[list[str], Field(max_length=5000)] | None = None
    frame: Literal["full", "cropped"] | None = None


class FoundJobOut(_Out):
    """The work was put on the list."""

    job_id: str | None
    files: int
