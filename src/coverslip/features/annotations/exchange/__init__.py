"""Annotation files of other programs, read and written: pure functions over one neutral model."""

from coverslip.features.annotations.exchange.formats import (
    EXPORTED,
    FORMATS,
    IMPORTED,
    SUFFIXES,
    AnnotationFormat,
    format_named,
    recognised,
)
from coverslip.features.annotations.exchange.model import Canvas, Frame, Item, Report, Shape, from_wire
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
