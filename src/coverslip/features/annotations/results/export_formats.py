"""The formats that a layer can leave as."""

from enum import StrEnum
from typing import Final


class ExportFormat(StrEnum):
    """What a layer can leave as."""

    GEOJSON = "geojson"
    GEOPARQUET = "geoparquet"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """Its media type."""
        return _MEDIA[self][0]

    @property
    def suffix(self) -> str:
        """Its usual ending."""
        return _MEDIA[self][1]


_MEDIA: Final = {
    ExportFormat.GEOJSON: ("application/geo+json", ".geojson"),
    ExportFormat.GEOPARQUET: ("application/vnd.apache.parquet", ".parquet"),
    ExportFormat.CSV: ("text/csv; charset=utf-8", ".csv"),
}
