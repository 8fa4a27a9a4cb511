"""Class lists over HTTP."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_CLASSES = 500

ClassId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


class ClassCode(BaseModel):
    """What a class is called elsewhere: ``http://snomed.info/sct`` and a concept, say."""

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    value: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ClassEntry(BaseModel):
    """A class."""

    model_config = ConfigDict(extra="forbid")

    class_id: ClassId
    parent_id: ClassId | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
    hotkey: Annotated[int, Field(ge=1, le=9)] | None = None
    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    code: ClassCode | None = None
    form: dict[str, Any] | None = Field(
        default=None, description="A JSON Schema (2020-12) of the properties that annotations of this class have."
    )


class ClassesIn(BaseModel):
    """A whole list; ``rev`` is of the list that was read, 0 where the project had none of its own."""

    model_config = ConfigDict(extra="forbid")

    classes: Annotated[list[ClassEntry], Field(max_length=MOST_CLASSES)]
    rev: Annotated[int, Field(ge=0, le=2**53)]


class ClassesOut(BaseModel):
    """The classes that hold somewhere, and of which project; null for the list that is built in."""

    classes: list[ClassEntry]
    project_id: str | None
    rev: int
