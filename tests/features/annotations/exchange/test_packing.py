"""Objects as flat arrays: second outlines of every kind arrive as they were."""

from typing import Any

import numpy as np
import shapely

from coverslip.features.annotations.exchange import Canvas, Item, from_wire
from coverslip.features.annotations.exchange.packing import Packer

CELL = {"kind": "rectangle", "x": 0.0, "y": 0.0, "width": 90.0, "height": 90.0}
OUTER = [[10.0, 10.0], [80.0, 10.0], [80.0, 80.0], [10.0, 80.0]]
HOLE = [[30.0, 30.0], [40.0, 30.0], [40.0, 40.0]]


def test_second_outlines_of_every_kind_arrive_as_they_were() -> None:
    nuclei = (
        {"kind": "polygon", "rings": [OUTER]},
        None,
        {"kind": "multipolygon", "polygons": [[HOLE], [[[50.0, 50.0], [60.0, 50.0], [60.0, 60.0]]]]},
        {"kind": "polygon", "rings": [OUTER, HOLE]},
        {"kind": "ellipse", "cx": 40.0, "cy": 40.0, "rx": 20.0, "ry": 10.0},
    )
    packer = Packer("polygon", Canvas(width=100, height=100))
    for one in nuclei:
        packer.add(Item(from_wire(CELL), object_type="cell", nucleus=None if one is None else from_wire(one)))
    assert packer.finish() == 0
    (batch,) = packer.plain()["batches"]
    read: list[Any] = [None if one is None else shapely.from_wkb(one) for one in batch["nuclei"]]
    whole, nothing, two, holed, round_ = read
    assert nothing is None
    assert whole.equals(shapely.Polygon(OUTER))
    assert holed.equals(shapely.Polygon(OUTER, [HOLE]))
    assert two.area == 50 + 50
    assert np.isclose(round_.area, np.pi * 20 * 10, rtol=0.01)
