"""Annotation files of other programs, read and written: pure functions over one neutral model."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from coverslip.features.annotations.exchange.model import Canvas, Frame, Item, Report, Shape, from_wire

if TYPE_CHECKING:
    from coverslip.features.annotations.exchange.formats import (
        EXPORTED,
        FORMATS,
        IMPORTED,
        SUFFIXES,
        AnnotationFormat,
        format_named,
        recognised,
    )
    from coverslip.features.annotations.exchange.reading import MOST_DRAWN, plain_item, read_file, read_items

__all__ = [
    "EXPORTED",
    "FORMATS",
    "IMPORTED",
    "MOST_DRAWN",
    "SUFFIXES",
    "AnnotationFormat",
    "Canvas",
    "Frame",
    "Item",
    "Report",
    "Shape",
    "format_named",
    "from_wire",
    "plain_item",
    "read_file",
    "read_items",
    "recognised",
]

# Lazy, because the readers bring libraries for shapes, columns and pictures, which most processes never need.
_LATER: Final = {
    **dict.fromkeys(
        ("EXPORTED", "FORMATS", "IMPORTED", "SUFFIXES", "AnnotationFormat", "format_named", "recognised"), "formats"
    ),
    **dict.fromkeys(("MOST_DRAWN", "plain_item", "read_file", "read_items"), "reading"),
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
