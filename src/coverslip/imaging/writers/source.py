"""Where a writer gets its tiles from, and how far it is."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from coverslip.imaging.stored import TileSpan
from coverslip.imaging.writers.plan import Plan
from coverslip.imaging.writers.tiles import Wanted

BATCH_PX: Final = 2 * 2**20
"""Pixels of one batch of made tiles: what is in memory at a time."""
STORED_BATCH: Final = 64


class TileSource(Protocol):
    """Gives tiles in the order they are asked for."""

    def made(self, plan: Plan, kind: str, wanted: Sequence[Wanted]) -> list[bytes]:
        """Have tiles made; see :func:`coverslip.imaging.work.export_tiles`."""
        ...

    def stored(self, places: Sequence[TileSpan]) -> list[bytes]:
        """Read tiles as they lie in the file."""
        ...

    def progress(self, tiles: int) -> None:
        """Learn that so many more tiles are written; may raise to stop."""
        ...


def batches(plan: Plan, level_no: int, plane: tuple[int, int, int], most: int | None = None) -> Iterator[list[Wanted]]:
    """Yield the tiles of a level and plane, row by row, a few at a time."""
    level = plan.levels[level_no]
    most = most or max(1, BATCH_PX // (level.tile_width * level.tile_height))
    batch: list[Wanted] = []
    for row in range(level.rows):
        for col in range(level.cols):
            batch.append((level_no, *plane, col, row))
            if len(batch) == most:
                yield batch
                batch = []
    if batch:
        yield batch
