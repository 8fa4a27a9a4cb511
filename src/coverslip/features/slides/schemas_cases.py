"""What cases and projects say over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from coverslip.features.access import Right, Role
from coverslip.features.slides.schemas import FieldKey, Fields, FieldValue, ShortText, SlideIds, SlideSummary, Tag

CaseName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
ProjectName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
PatternText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[str, Field(max_length=64)]
CaseSort = Literal["name", "-name", "created_at", "-created_at"]


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaseSummary(_Out):
    """One case in a list. Without the right ``identity``, its name is replaced and its fields are empty."""

    my_role: Role
    rights: list[Right]

    case_id: str
    no: int
    project_id: str
    name: str
    slide_count: int
    stains: list[str] = Field(description="Distinct stains of its slides, H&E first.")
    fields: dict[str, FieldValue]
    tags: list[str]
    created_at: datetime


class CaseList(_Out):
    """One page of cases; pass ``next_cursor`` to get the next."""

    items: list[CaseSummary]
    next_cursor: str | None
    total: int


class CaseDetail(CaseSummary):
    """A case with its slides in the default order: H&E first, then by block, stain and name."""

    slides: list[SlideSummary]


class CaseIn(_In):
    """A new case; its name is the accession number."""

    project_id: Id
    name: CaseName
    fields: Fields | None = None
    tags: Annotated[list[Tag], Field(max_length=30)] | None = None


class CasePatch(_In):
    """What a person may change about a case; absent fields stay. ``fields`` merges key by key."""

    name: CaseName | None = None
    fields: Fields | None = None
    tags: Annotated[list[Tag], Field(max_length=30)] | None = None


class FieldType(StrEnum):
    """What a field of a project's schema holds; a date is written ``2026-11-26``."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    ENUM = "enum"


class FieldRule(BaseModel):
    """One field of a project's schema. ``key`` may also be ``part``, ``block``, ``stain`` or ``label_text``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: FieldKey
    label: Annotated[str, Field(max_length=200)] = ""
    type: FieldType
    options: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)] | None = None
    pattern: Annotated[str, Field(max_length=200, description="A regular expression for the whole value.")] | None = (
        None
    )
    minimum: Annotated[float, Field(allow_inf_nan=False)] | None = None
    maximum: Annotated[float, Field(allow_inf_nan=False)] | None = None
    required: bool = False
    default: FieldValue = None
    applies_to: Literal["slide", "case"] = "slide"
    identity: bool = Field(
        default=True, description="Whether it may name somebody: then it is shown with the right `identity` only."
    )


class ProjectSettingsIn(_In):
    """What a project asks of its slides and cases, and how it reads their names."""

    metadata_schema: Annotated[list[FieldRule], Field(max_length=100)] = []
    pattern: PatternText | None = None
    default_stain: ShortText | None = None

    @model_validator(mode="after")
    def _distinct(self) -> "ProjectSettingsIn":
        keys = [(rule.applies_to, rule.key) for rule in self.metadata_schema]
        if len(keys) != len(set(keys)):
            raise ValueError("each field may be described once for slides and once for cases")
        return self


class ProjectSettingsOut(_Out):
    """The settings in force for a project."""

    metadata_schema: list[FieldRule]
    pattern: str | None
    default_stain: str | None
    inherited_from: str | None = Field(description="The project above whose settings are in force, null for its own.")


class ProjectIn(_In):
    """A new project; without a parent it stands at the top."""

    name: ProjectName
    parent_id: Id | None = None


class ProjectPatch(_In):
    """What a person may change about a project."""

    name: ProjectName


class PatternIn(_In):
    """A pattern to try."""

    pattern: PatternText


class PatternApply(PatternIn):
    """A pattern to apply; ``overwrite`` also replaces what a person entered."""

    overwrite: bool = False


class PatternRow(_Out):
    """What a pattern finds in one file name; null where it does not fit."""

    slide_id: str
    file_name: str
    values: dict[str, str] | None


class PatternPreview(_Out):
    """What a pattern would find: the first slides, and how many fit of all."""

    items: list[PatternRow]
    matched: int
    unmatched: int


class PatternApplied(_Out):
    """What applying a pattern did."""

    matched: int
    unmatched: int
    changed: int
    refused: int = Field(description="Slides whose values the project's schema refuses; they were left as they were.")


class SlideMove(_In):
    """Slides that move to a project (and a case of it)."""

    slide_ids: SlideIds
    project_id: Id
    case_id: Id | None = None


class SlideCopies(_Out):
    """The new records, in the order of the slides asked for."""

    slide_ids: list[str]


class SlideSelection(_In):
    """Some slides."""

    slide_ids: SlideIds


class TrashItem(_Out):
    """One thing in the trash; restoring it brings back all that went with it."""

    kind: Literal["project", "case", "slide"]
    object_id: str
    name: str
    project_id: str
    slide_count: int
    trashed_at: datetime
    trashed_by: str | None


class TrashList(_Out):
    """What lies in the trash, newest first."""

    items: list[TrashItem]
    next_cursor: str | None
    total_slides: int = Field(description="Slides in all that lies in the trash, not only on this page.")


class SavedViewIn(_In):
    """A list as somebody wants to see it again."""

    name: ProjectName
    query: dict[FieldKey, str | int | float | bool | list[str] | None]
    columns: Annotated[list[FieldKey], Field(max_length=100)] = []
    shared: bool = False


class SavedViewPatch(_In):
    """What may change about a saved view."""

    name: ProjectName | None = None
    query: dict[FieldKey, str | int | float | bool | list[str] | None] | None = None
    columns: Annotated[list[FieldKey], Field(max_length=100)] | None = None
    shared: bool | None = None


class SavedViewOut(_Out):
    """A saved view; ``mine`` says whether the viewer may change it."""

    view_id: str
    name: str
    query: dict[str, str | int | float | bool | list[str] | None]
    columns: list[str]
    shared: bool
    author: str
    mine: bool


class SavedViewList(_Out):
    """The viewer's own views and those that others share."""

    items: list[SavedViewOut]


class AttachmentOut(_Out):
    """A file attached to a slide or a case."""

    attachment_id: str
    slide_id: str | None
    case_id: str | None
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_by: str
    created_at: datetime


class AttachmentList(_Out):
    """The attachments of one slide or case, oldest first."""

    items: list[AttachmentOut]


class ImportProblem(_Out):
    """A row that changes nothing, and why."""

    row: int
    key: str
    reason: str


class ImportChange(_Out):
    """What one row changes."""

    row: int
    slide_id: str
    name: str
    values: dict[str, FieldValue]


class ImportReport(_Out):
    """What a table does (or, in a dry run, would do): rows count from 1 below the header."""

    rows: int
    matched: int
    changed: int
    columns: dict[str, str] = Field(description="What each column of the table becomes.")
    unmatched: list[ImportProblem]
    changes: list[ImportChange]
