"""What result layers and overlays say over HTTP."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]
Ring = Annotated[list[tuple[Number, Number]], Field(min_length=3, max_length=100_000)]


class _Out(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class RegionIn(BaseModel):
    """A region in level-0 pixels: rings, the outer one first, not closed. Null is the whole slide."""

    model_config = ConfigDict(extra="forbid")
    polygon: Annotated[list[Ring], Field(min_length=1, max_length=10_000)] | None = None


class ColumnOut(_Out):
    """A measurement that can be filtered and coloured by; ``min`` and ``max`` of finite values."""

    name: str
    kind: Literal["number", "category"]
    min: float | None = None
    max: float | None = None
    categories: list[str] | None = None


class LayerClassOut(_Out):
    """A class of a layer; its place in the list is the property ``c`` of a feature."""

    name: str
    class_id: str | None
    colour: str | None


class TileLevelOut(_Out):
    """A zoom level; ``full`` when every tile holds every object that touches it."""

    z: int
    downsample: float
    tile_size_px: int
    full: bool


class CorrectionOut(_Out):
    """An annotation that stands for an object: the bounds are the object's, in level-0 pixels.

    The ``rev`` of a tile is the largest ``seq`` of those whose bounds touch it, its edge of 8 pixels included.
    """

    object_no: int
    annotation_id: str
    seq: int
    removed: bool
    deleted: bool
    bounds: list[float]


class ResultOut(_Out):
    """What a result layer holds. ``base_version`` names all that never changes, ``corrections_rev`` what does."""

    object_count: int
    columns: list[ColumnOut]
    classes: list[LayerClassOut]
    geometry: Literal["polygon", "point"]
    object_type: str
    levels: list[TileLevelOut]
    base_version: str
    corrections_rev: int
    corrections: list[CorrectionOut]
    bounds: list[float] | None


class ObjectOut(_Out):
    """One object with everything that is known of it; ``corrected_by`` when an annotation stands for it now."""

    object_no: int
    geometry: dict[str, Any]
    nucleus: dict[str, Any] | None
    class_name: str | None
    class_id: str | None
    measurements: dict[str, float]
    categories: dict[str, str]
    area_px: float
    area_um2: float | None
    centroid: list[float]
    corrected_by: str | None


class SelectionOut(_Out):
    """Objects whose centroid lies in a region, and annotations that stand for others there."""

    object_nos: list[int]
    annotation_ids: list[str]


class SpreadOut(_Out):
    """What a measurement comes to; ``sd`` is of the sample."""

    count: int
    mean: float | None
    sd: float | None
    min: float | None
    max: float | None


class SummaryOut(_Out):
    """What a region holds, as corrected; the class "" stands for none."""

    count: int
    classes: dict[str, int]
    columns: dict[str, SpreadOut]
    categories: dict[str, dict[str, int]]
    area_mm2: float | None
    density_per_mm2: float | None
    object_area_um2: SpreadOut | None


class OverlayInfo(_Out):
    """What an overlay is: its kind, its size, the level-0 pixels for each of its own, and the range of its values."""

    kind: Literal["labels", "heatmap"]
    width: int
    height: int
    downsample: float
    x: float
    y: float
    low: float
    high: float
    labels: list[int] | None = None
    colours: bool = False


class ImportedOut(_Out):
    """What an import made."""

    layer_id: str
    kind: Literal["result", "overlay"]
    object_count: int | None
    mended: int = Field(description="Outlines that crossed themselves and were mended.")
    overlay: OverlayInfo | None
