"""Tiles for training: every drawn pixel is in the mask of its tile, cases stay together."""

import numpy as np
import pytest

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange import Canvas, Item, from_wire
from coverslip.features.annotations.exchange.training import (
    TileWish,
    class_values,
    mask_of,
    part_of,
    planned,
)

CANVAS = Canvas(1000, 800, 0.25, 0.25)
ITEMS = [
    Item(from_wire({"kind": "rectangle", "x": 100, "y": 100, "width": 300, "height": 80}), class_name="a"),
    Item(from_wire({"kind": "rectangle", "x": 700, "y": 500, "width": 40, "height": 40}), class_name="b"),
]


@pytest.mark.parametrize("overlap", [0, 16, 63])
def test_tiles_cover_all_that_is_drawn(overlap: int) -> None:
    wish = TileWish(size=64, overlap=overlap)
    values = class_values(ITEMS, wish)
    assert values == {"a": 1, "b": 2}
    whole = np.zeros((800 + 64, 1000 + 64), np.uint8)
    for tile, items in planned(ITEMS, CANVAS, wish):
        mask = mask_of(tile, items, values, wish)
        place = whole[int(tile.y) : int(tile.y) + 64, int(tile.x) : int(tile.x) + 64]
        place[:] = np.maximum(place, mask)
        assert any(item.shape.outlined() for item in items)
    assert np.count_nonzero(whole == 1) == 300 * 80
    assert np.count_nonzero(whole == 2) == 40 * 40


def test_a_coarser_scale_paints_fewer_pixels() -> None:
    wish = TileWish(mpp=0.5, size=64)
    values = class_values(ITEMS, wish)
    painted = sum(np.count_nonzero(mask_of(tile, items, values, wish)) for tile, items in planned(ITEMS, CANVAS, wish))
    assert painted == (300 * 80 + 40 * 40) // 4


def test_instances_are_numbered() -> None:
    wish = TileWish(size=1024, masks="instance")
    ((tile, items),) = planned(ITEMS, CANVAS, wish)
    mask = mask_of(tile, items, class_values(ITEMS, wish), wish)
    assert set(np.unique(mask)) == {0, 1, 2}


def test_cases_stay_together_and_shares_hold() -> None:
    wish = TileWish(split=(0.7, 0.15, 0.15), seed=3)
    parts = [part_of(f"case {number}", wish) for number in range(2000)]
    assert parts == [part_of(f"case {number}", wish) for number in range(2000)]
    assert parts.count("train") == pytest.approx(1400, abs=80)
    assert parts.count("val") == pytest.approx(300, abs=60)
    assert parts != [part_of(f"case {number}", TileWish(seed=4)) for number in range(2000)]


def test_only_named_classes() -> None:
    wish = TileWish(classes={"b": 7}, only_named=True)
    assert class_values(ITEMS, wish) == {"b": 7}


@pytest.mark.parametrize(
    "wish",
    [
        TileWish(size=8),
        TileWish(size=64, overlap=64),
        TileWish(mpp=0),
        TileWish(split=(1, 2)),
        TileWish(split=(0, 0, 0)),
        TileWish(classes={"a": 300}),
    ],
)
def test_impossible_wishes_are_refused(wish: TileWish) -> None:
    with pytest.raises(AnnotationFileRefused):
        wish.check()
