"""Cuts the training tiles of slides and writes them with their masks and a table of all."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from coverslip.features.annotations.exchange import Canvas, Item
from coverslip.features.annotations.exchange.training import (
    PARTS,
    Tile,
    TileWish,
    class_values,
    mask_of,
    part_of,
    planned,
)
from coverslip.features.annotations.exporting import export_slide
from coverslip.features.identity import Viewer
from coverslip.features.slides import get_slide, index_of, locate
from coverslip.imaging import work
from coverslip.infra.runtime import Runtime

HEADER: Final = (
    "split",
    "image",
    "mask",
    "slide_id",
    "slide",
    "case",
    "x_px",
    "y_px",
    "size_px",
    "level0_px_per_px",
    "mpp",
    "cover",
)


@dataclass(frozen=True, slots=True)
class _Slide:
    slide_id: str
    name: str
    case: str
    index_path: str
    canvas: Canvas
    items: list[Item]


def cut_tiles(
    runtime: Runtime,
    viewer: Viewer,
    slide_ids: Sequence[str],
    target: Path,
    wish: TileWish,
    tell: Callable[[str], None] = lambda _: None,
) -> int:
    """Write ``images/``, ``masks/``, ``manifest.csv`` and ``classes.json`` into a folder; return how many tiles.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady
    AnnotationFileRefused
        The wish cannot be fulfilled.
    """
    wish.check()
    slides = [_gathered(runtime, viewer, slide_id) for slide_id in slide_ids]
    values = class_values([item for one in slides for item in one.items if item.shape.is_area], wish)
    for part in PARTS:
        for kind in ("images", "masks"):
            (target / part / kind).mkdir(parents=True, exist_ok=True)
    written = 0
    with (target / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        for one in slides:
            before = written
            part = part_of(one.case, wish)
            for tile, items in planned(one.items, one.canvas, wish):
                mask = mask_of(tile, items, values, wish)
                cover = float(np.count_nonzero(mask)) / mask.size
                if cover <= 0 or cover < wish.least_cover:
                    continue
                table.writerow(_write(runtime, one, tile, mask, cover, part, target, wish))
                written += 1
            tell(f"{one.name}: {written - before} tiles ({part})")
    legend = {"background": 0, **values} if wish.masks == "semantic" else {"background": 0}
    (target / "classes.json").write_text(json.dumps(legend, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return written


def _gathered(runtime: Runtime, viewer: Viewer, slide_id: str) -> _Slide:
    with runtime.db.read() as session:
        found = export_slide(session, runtime, viewer, slide_id, "geojson", frame="full")
        ref = locate(session, viewer, slide_id, runtime.settings.index_folder)
        detail = get_slide(session, viewer, slide_id, runtime.settings.index_folder)
    return _Slide(slide_id, ref.name, detail.case_id or slide_id, str(index_of(ref)), found.canvas, found.items)


def _write(
    runtime: Runtime,
    slide: _Slide,
    tile: Tile,
    mask: "np.ndarray",
    cover: float,
    part: str,
    target: Path,
    wish: TileWish,
) -> list[object]:
    name = f"{slide.slide_id}_{round(tile.x)}_{round(tile.y)}.png"
    request = {
        "x": tile.x,
        "y": tile.y,
        "width": wish.size,
        "height": wish.size,
        "downsample": tile.scale,
        "format": "png",
    }
    body, _, _ = runtime.pool.run_blocking(work.make_region, slide.index_path, request)
    (target / part / "images" / name).write_bytes(body)
    held = io.BytesIO()
    Image.fromarray(mask).save(held, "PNG")
    (target / part / "masks" / name).write_bytes(held.getvalue())
    mpp = slide.canvas.mpp_x * tile.scale if slide.canvas.mpp_x else ""
    return [
        part,
        f"{part}/images/{name}",
        f"{part}/masks/{name}",
        slide.slide_id,
        slide.name,
        slide.case,
        round(tile.x, 3),
        round(tile.y, 3),
        wish.size,
        round(tile.scale, 6),
        mpp,
        round(cover, 4),
    ]
