"""Which tiles viewers ask for: seeded walks of simulated screens over slides' levels.

A viewer starts at a low magnification, zooms into a random place, pans about, and asks for each
tile once. Its tiles come in the order in which a screen would need them.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SCREEN = (1920, 1080)


@dataclass(frozen=True)
class Grid:
    """One level of a slide as its detail describes it; ``downsample`` is relative to level 0."""

    z: int
    width: int
    height: int
    tile_width: int
    tile_height: int
    cols: int
    rows: int
    downsample: float


@dataclass(frozen=True)
class Target:
    """A slide to walk on: its address in URLs and its levels, coarsest first."""

    slide: str
    levels: tuple[Grid, ...]


Tile = tuple[str, int, int, int]


def halving(slide: str, width: int, height: int, tile: int) -> Target:
    """Return the levels of a slide that halve down to one tile, as tile servers number them."""
    sizes = [(width, height)]
    while max(sizes[-1]) > tile:
        factor = 1 << len(sizes)
        sizes.append((-(-width // factor), -(-height // factor)))
    sizes.reverse()
    return Target(
        slide,
        tuple(
            Grid(z, w, h, tile, tile, -(-w // tile), -(-h // tile), float(1 << (len(sizes) - 1 - z)))
            for z, (w, h) in enumerate(sizes)
        ),
    )


def walks(targets: Sequence[Target], count: int, seed: int, *, only: frozenset[float] | None = None) -> list[Tile]:
    """Return up to ``count`` distinct tiles, one viewer after another on the slides in turn.

    Parameters
    ----------
    only : frozenset of float or None
        Keep only levels with these downsamples.
    """
    rng = random.Random(seed)
    seen: set[Tile] = set()
    found: list[Tile] = []
    dull = 0
    while len(found) < count and dull < 200:
        before = len(found)
        for number, target in enumerate(targets):
            levels = [level for level in target.levels if only is None or level.downsample in only]
            for tile in _viewer(Target(target.slide, tuple(levels)), rng):
                if tile not in seen:
                    seen.add(tile)
                    found.append(tile)
            del number
        dull = dull + 1 if len(found) == before else 0
    return found[:count]


def in_turn(tiles: Sequence[Tile]) -> list[Tile]:
    """Mix walks so that neighbouring requests go to different slides."""
    by_slide: dict[str, list[Tile]] = {}
    for tile in tiles:
        by_slide.setdefault(tile[0], []).append(tile)
    lists = list(by_slide.values())
    mixed: list[Tile] = []
    for position in range(max(map(len, lists), default=0)):
        mixed += [one[position] for one in lists if position < len(one)]
    return mixed


def _viewer(target: Target, rng: random.Random) -> Iterator[Tile]:
    levels = target.levels
    centre_x, centre_y = rng.random(), rng.random()
    deepest = len(levels) - 1 - rng.choice([0, 0, 0, 1, 1, 2])
    z = 0
    while z <= max(0, deepest):
        level = levels[z]
        for step in range(rng.randint(4, 14) if z >= deepest else 1):
            if step:
                angle = rng.random() * 2 * math.pi
                reach = 0.5 * SCREEN[0]
                centre_x = min(1, max(0, centre_x + math.cos(angle) * reach / level.width))
                centre_y = min(1, max(0, centre_y + math.sin(angle) * reach / level.height))
            shown = list(_on_screen(level, centre_x, centre_y))
            rng.shuffle(shown)
            yield from ((target.slide, level.z, x, y) for x, y in shown)
        if z == deepest:
            return
        z = min(deepest, z + (1 if rng.random() < 0.6 else 2))


def _on_screen(level: Grid, centre_x: float, centre_y: float) -> Iterator[tuple[int, int]]:
    x, y = centre_x * level.width, centre_y * level.height
    left, right = (int((x + side * SCREEN[0] / 2) // level.tile_width) for side in (-1, 1))
    top, bottom = (int((y + side * SCREEN[1] / 2) // level.tile_height) for side in (-1, 1))
    for row in range(max(0, top), min(level.rows - 1, bottom) + 1):
        for col in range(max(0, left), min(level.cols - 1, right) + 1):
            yield col, row
