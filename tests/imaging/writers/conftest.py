"""Exports written in this process, as the job process and its decoder write them together."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from coverslip.imaging import work
from coverslip.imaging.stored import StoredSlide, TileSpan
from coverslip.imaging.writers.ome_tiff import write_ome_tiff
from coverslip.imaging.writers.ome_zarr import write_ome_zarr
from coverslip.imaging.writers.plan import Plan, for_zarr, plan_export
from coverslip.imaging.writers.tiles import Wanted
from coverslip.testing.registered import Registered


class Here:
    """A tile source without processes; counts what it gave."""

    def __init__(self, slide: Registered) -> None:
        self._slide = slide
        self.made_tiles = 0
        self.stored_tiles = 0
        self.written = 0

    def made(self, plan: Plan, kind: str, wanted: Sequence[Wanted]) -> list[bytes]:
        self.made_tiles += len(wanted)
        return work.export_tiles(str(self._slide.index_path), plan, kind, wanted)

    def stored(self, places: Sequence[TileSpan]) -> list[bytes]:
        self.stored_tiles += len(places)
        opened = StoredSlide(self._slide.index)
        try:
            return [opened.tiles.bytes_of(place) for place in places]
        finally:
            opened.close()

    def progress(self, tiles: int) -> None:
        self.written += tiles


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., tuple[Path, Plan, Here]]:
    """Write a slide: ``written(slide, "ome-tiff", area=...)`` gives file, plan and source."""

    def write(slide: Registered, kind: str, **options: Any) -> tuple[Path, Plan, Here]:
        plan = plan_export(slide.index, name=options.pop("name", "slide"), **options)
        source = Here(slide)
        target = tmp_path / f"out.{'ome.tif' if kind == 'ome-tiff' else 'ome.zarr.zip'}"
        with target.open("wb") as file:
            if kind == "ome-tiff":
                write_ome_tiff(file, slide.index, plan, source)
            else:
                plan = for_zarr(plan)
                write_ome_zarr(file, plan, source)
        assert source.written == plan.tiles
        return target, plan, source

    return write
