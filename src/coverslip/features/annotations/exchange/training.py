"""Training sets: tiles of slides with masks of what is drawn on them. Pure but for the pixels it is given.

A tile is planned on level 0 and asked for at the chosen scale; its mask has the same pixels. Slides of one
case never part between train, val and test.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from coverslip.core.exchange_errors import AnnotationFileRefused
from coverslip.features.annotations.exchange.model import Canvas, Item
from coverslip.features.annotations.exchange.raster import fill

Masks = Literal["semantic", "instance"]
PARTS: Final = ("train", "val", "test")
MOST_TILES: Final = 1_000_000
LARGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class TileWish:
    """Which tiles are cut.

    Attributes
    ----------
    mpp : float or None
        Micrometres a pixel; level 0 where None.
    size, overlap : int
        Pixels of a tile, and how many of them it shares with its neighbour.
    masks : {'semantic', 'instance'}
    classes : mapping
        Class name to value; classes that are not named get the next free values in the order of names.
    only_named : bool
        Leave classes out that the map does not name.
    least_cover : float
        Part of a tile that must be drawn on.
    split : sequence of float
        Shares of train, val and test.
    seed : int
    """

    mpp: float | None = None
    size: int = 512
    overlap: int = 0
    masks: Masks = "semantic"
    classes: Mapping[str, int] = field(default_factory=dict)
    only_named: bool = False
    least_cover: float = 0.0
    split: Sequence[float] = (0.7, 0.15, 0.15)
    seed: int = 0

    def check(self) -> None:
        """Refuse what cannot be cut.

        Raises
        ------
        AnnotationFileRefused
        """
        if not 16 <= self.size <= LARGEST:
            raise AnnotationFileRefused(f"A tile has 16 to {LARGEST} pixels.")
        if not 0 <= self.overlap < self.size:
            raise AnnotationFileRefused("Tiles overlap by less than their size.")
        if self.mpp is not None and not 0 < self.mpp < 1000:
            raise AnnotationFileRefused("The scale is micrometres a pixel, above 0.")
        if len(self.split) != 3 or min(self.split) < 0 or not sum(self.split) > 0:
            raise AnnotationFileRefused("The split is three shares: train, val and test.")
        if not all(0 < value < 256 for value in self.classes.values()) and self.masks == "semantic":
            raise AnnotationFileRefused("A class has a value from 1 to 255; 0 is the background.")


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: its corner in level-0 pixels, and level-0 pixels per pixel of it."""

    x: float
    y: float
    scale: float


def scale_of(canvas: Canvas, mpp: float | None) -> float:
    """Return level-0 pixels per tile pixel.

    Raises
    ------
    AnnotationFileRefused
        The slide's scale is not known.
    """
    if mpp is None:
        return 1.0
    if not canvas.mpp_x:
        raise AnnotationFileRefused(f"The scale of {canvas.name} is not known; cut its tiles without a scale.")
    return mpp / canvas.mpp_x


def class_values(items: Sequence[Item], wish: TileWish) -> dict[str, int]:
    """Return the value of each class."""
    values = dict(wish.classes)
    if not wish.only_named:
        free = (value for value in range(1, 65_536) if value not in set(values.values()))
        for name in sorted({item.class_name or "unclassified" for item in items} - set(values)):
            values[name] = next(free)
    if wish.masks == "semantic" and values and max(values.values()) > 255:
        raise AnnotationFileRefused("There are more than 255 classes; name those that matter.")
    return values


def planned(items: Sequence[Item], canvas: Canvas, wish: TileWish) -> Iterator[tuple[Tile, list[Item]]]:
    """Yield the tiles that anything with an area touches, with what touches them, row by row."""
    scale = scale_of(canvas, wish.mpp)
    step = (wish.size - wish.overlap) * scale
    extent = wish.size * scale
    if (canvas.width / step) * (canvas.height / step) > MOST_TILES:
        raise AnnotationFileRefused("There would be more than a million tiles of one slide; choose larger ones.")
    touched: dict[tuple[int, int], list[Item]] = {}
    for item in items:
        if not item.shape.is_area:
            continue
        left, top, right, bottom = item.shape.bounds()
        first_col, first_row = (max(0, int((edge - extent) // step) + 1) for edge in (left, top))
        for row in range(first_row, max(first_row, int(bottom // step)) + 1):
            for col in range(first_col, max(first_col, int(right // step)) + 1):
                if col * step < canvas.width and row * step < canvas.height:
                    touched.setdefault((row, col), []).append(item)
    for (row, col), found in sorted(touched.items(), key=lambda one: one[0]):
        yield Tile(col * step, row * step, scale), found


def mask_of(tile: Tile, items: Sequence[Item], values: Mapping[str, int], wish: TileWish) -> NDArray[Any]:
    """Return a tile's mask: the value of the class, or a number an object; later objects lie on top."""
    mask = np.zeros((wish.size, wish.size), np.uint8 if wish.masks == "semantic" else np.uint16)
    number = 0
    for item in items:
        value = values.get(item.class_name or "unclassified")
        if value is None:
            continue
        rings = [(ring - np.array((tile.x, tile.y))) / tile.scale for ring in item.shape.outlined().rings]
        inside = fill(rings, wish.size, wish.size)
        if not inside.any():
            continue
        number += 1
        mask[inside] = value if wish.masks == "semantic" else number
    return mask


def part_of(case: str, wish: TileWish) -> str:
    """Return whether a case trains, validates or tests: by its name and the seed alone, so that it never changes."""
    digest = hashlib.sha256(f"{wish.seed}\0{case}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64 * sum(wish.split)
    for part, share in zip(PARTS, wish.split, strict=True):
        if place < share:
            return part
        place -= share
    return PARTS[-1]
