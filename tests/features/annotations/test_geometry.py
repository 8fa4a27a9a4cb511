"""Geometry is rounded and checked: what no program could read is refused with a code of its own."""

import math
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.annotation_errors import GeometryRefused
from coverslip.features.annotations.geometry import bounds, checked, vertex_count

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]


def circle(count: int, radius: float = 1000.0) -> list[list[float]]:
    angles = [math.tau * one / count for one in range(count)]
    return [[2000 + radius * math.cos(one), 2000 + radius * math.sin(one)] for one in angles]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "geometry_refused"),
        ([1, 2], "geometry_refused"),
        ({"kind": "circle"}, "geometry_refused"),
        ({"kind": "point"}, "geometry_refused"),
        ({"kind": "point", "at": [1, 2], "radius": 3}, "geometry_refused"),
        ({"kind": "point", "at": [1, "2"]}, "geometry_refused"),
        ({"kind": "point", "at": [True, 2]}, "geometry_refused"),
        ({"kind": "point", "at": [1, 2, 3]}, "geometry_refused"),
        ({"kind": "point", "at": [math.nan, 2]}, "geometry_not_finite"),
        ({"kind": "point", "at": [1, math.inf]}, "geometry_not_finite"),
        ({"kind": "point", "at": [1, 1e10]}, "geometry_not_finite"),
        ({"kind": "point", "at": [1, 10**400]}, "geometry_not_finite"),
        ({"kind": "multipoint", "points": []}, "geometry_refused"),
        ({"kind": "line", "points": [[0, 0]]}, "geometry_refused"),
        ({"kind": "line", "points": [[0, 0], [1, 1], [2, 2]]}, "geometry_refused"),
        ({"kind": "arrow", "points": [[3, 3], [3, 3]]}, "geometry_empty"),
        ({"kind": "line", "points": [[3, 3], [3, 3.0001]]}, "geometry_empty"),
        ({"kind": "polyline", "points": [[3, 3], [3, 3], [3, 3]]}, "geometry_empty"),
        ({"kind": "rectangle", "x": 0, "y": 0, "width": 0, "height": 5}, "geometry_empty"),
        ({"kind": "rectangle", "x": 0, "y": 0, "width": -1, "height": 5}, "geometry_refused"),
        ({"kind": "ellipse", "cx": 0, "cy": 0, "rx": 5, "ry": 0.001}, "geometry_empty"),
        ({"kind": "ellipse", "cx": 0, "cy": 0, "rx": 5, "ry": 5, "rotation": math.nan}, "geometry_not_finite"),
        ({"kind": "polygon", "rings": []}, "geometry_refused"),
        ({"kind": "polygon", "rings": [[[0, 0], [1, 1]]]}, "geometry_refused"),
        ({"kind": "polygon", "rings": [[[0, 0], [5, 5], [9, 9]]]}, "geometry_empty"),
        ({"kind": "polygon", "rings": [[[0, 0], [5, 5], [0, 0], [5, 5]]]}, "geometry_empty"),
        ({"kind": "polygon", "rings": [[[0, 0], [10, 10], [10, 0], [0, 10]]]}, "geometry_crosses_itself"),
        ({"kind": "polygon", "rings": [[[0, 0], [10, 10], [10, 0], [0, 9]]]}, "geometry_crosses_itself"),
        ({"kind": "polygon", "rings": [SQUARE, [[20, 20], [30, 20], [30, 30]]]}, "geometry_crosses_itself"),
        ({"kind": "multipolygon", "polygons": []}, "geometry_refused"),
        ({"kind": "multipolygon", "polygons": [[SQUARE], [SQUARE]]}, "geometry_crosses_itself"),
        ({"kind": "text", "at": [1, 2], "text": "  "}, "geometry_refused"),
        ({"kind": "text", "at": [1, 2], "text": "x" * 2001}, "geometry_refused"),
        ({"kind": "polygon", "rings": [circle(100_002)]}, "too_many_vertices"),
        ({"kind": "multipoint", "points": [[1, 1]] * 100_001}, "too_many_vertices"),
        ({"kind": "polygon", "rings": [SQUARE] * 20_001}, "too_many_vertices"),
        ({"kind": "multipolygon", "polygons": [[SQUARE]] * 25_001}, "too_many_vertices"),
        ({"kind": "point", "at": [-1, 5]}, "geometry_outside"),
        ({"kind": "point", "at": [5001, 5]}, "geometry_outside"),
        ({"kind": "polygon", "rings": [[[0, 4001], [9, 4001], [9, 4010]]]}, "geometry_outside"),
        ({"kind": "ellipse", "cx": -50, "cy": 50, "rx": 40, "ry": 40}, "geometry_outside"),
    ],
)
def test_refused(value: Any, code: str) -> None:
    with pytest.raises(GeometryRefused) as caught:
        checked(value, (5000, 4000))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "point", "at": [1, 2]},
        {"kind": "multipoint", "points": [[1, 2], [1, 2]]},
        {"kind": "line", "points": [[0, 0], [1, 1]]},
        {"kind": "arrow", "points": [[0, 0], [1, 1]]},
        {"kind": "polyline", "points": [[0, 0], [1, 1], [0, 0]]},
        {"kind": "rectangle", "x": -5, "y": -5, "width": 10, "height": 10, "rotation": 1.5},
        {"kind": "ellipse", "cx": 1, "cy": 2, "rx": 3, "ry": 4, "rotation": -1.25},
        {"kind": "polygon", "rings": [SQUARE, [[2, 2], [4, 2], [4, 4]]]},
        {"kind": "multipolygon", "polygons": [[SQUARE], [[[20, 20], [30, 20], [30, 30]]]]},
        {"kind": "text", "at": [1, 2], "text": "margin"},
    ],
)
def test_what_is_right_stays_as_it_is(value: Any) -> None:
    assert checked(value, (5000, 4000)) == value


def test_numbers_are_rounded_rings_opened_and_repeats_dropped() -> None:
    found = checked({"kind": "polygon", "rings": [[[0, 0], [0, 0.0001], [10.001, 0], [10, 10.00390625], [0, 0]]]})
    assert found == {"kind": "polygon", "rings": [[[0, 0], [10, 0], [10, 10.00390625]]]}
    assert checked({"kind": "rectangle", "x": 0.3, "y": 0, "width": 1, "height": 1}) == {
        "kind": "rectangle",
        "x": 77 / 256,
        "y": 0,
        "width": 1,
        "height": 1,
        "rotation": 0,
    }


def test_a_large_outline_is_taken() -> None:
    value = checked({"kind": "polygon", "rings": [circle(99_000, 40_000)]})
    assert vertex_count(value) > 90_000


@given(
    st.sampled_from(["rectangle", "ellipse"]),
    st.floats(-1e4, 1e4),
    st.floats(-1e4, 1e4),
    st.floats(0.01, 1e4),
    st.floats(0.01, 1e4),
    st.floats(-10, 10),
)
def test_boxes_hold_what_is_rotated(
    kind: str, x: float, y: float, width: float, height: float, rotation: float
) -> None:
    """Against shapely, which rotates and measures by itself."""
    names = ("x", "y", "width", "height") if kind == "rectangle" else ("cx", "cy", "rx", "ry")
    value = checked({"kind": kind, **dict(zip(names, (x, y, width, height), strict=True)), "rotation": rotation})
    from shapely import affinity

    if kind == "rectangle":
        flat = shapely.box(value["x"], value["y"], value["x"] + value["width"], value["y"] + value["height"])
        middle = (value["x"] + value["width"] / 2, value["y"] + value["height"] / 2)
    else:
        middle = (value["cx"], value["cy"])
        flat = affinity.scale(shapely.Point(middle).buffer(1, quad_segs=90), value["rx"], value["ry"], origin=middle)
    turned = affinity.rotate(flat, value["rotation"], origin=middle, use_radians=True)
    assert bounds(value) == pytest.approx(turned.bounds, rel=1e-3, abs=(width + height) * 1e-3)
