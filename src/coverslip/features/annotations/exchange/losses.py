"""What an item has that a format cannot carry, in the words of the report. Pure."""

from coverslip.features.annotations.exchange.model import Item, Report


def say_lost(
    item: Item,
    report: Report,
    *,
    measurements: bool = True,
    nucleus: bool = True,
    types: bool = True,
    parents: bool = True,
    planes: bool = True,
    properties: bool = False,
    holes: bool = False,
    lines: bool = False,
    curves: bool = False,
    names: bool = False,
) -> None:
    """Count what of an item is lost; each word that is true names something that the format has no place for."""
    said = {
        "measurements": measurements and bool(item.measurements),
        "second outlines of cells": nucleus and item.nucleus is not None,
        "object types other than annotation": types and item.object_type != "annotation",
        "hierarchy": parents and item.parent is not None,
        "focal planes and times": planes and bool(item.plane or item.time),
        "properties": properties and bool(item.properties),
        "holes": holes and item.shape.holes > 0,
        "lines and arrows as what they are": lines and item.shape.kind in ("line", "arrow", "polyline"),
        "ellipses and turned rectangles, written as outlines": curves and _curved(item),
        "names": names and bool(item.name),
        "locks": item.locked,
    }
    for what, lost in said.items():
        if lost:
            report.lose(what)


def _curved(item: Item) -> bool:
    return item.shape.kind == "ellipse" or (item.shape.kind == "rectangle" and bool(item.shape.box[4]))
