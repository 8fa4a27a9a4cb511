"""Where the tissue is: on made pictures whose tissue is known, and on real slides against other libraries."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openslide
import pytest
import tifffile
from PIL import Image

from coverslip.imaging import work
from coverslip.imaging.build import build_index
from coverslip.imaging.index import write_index
from coverslip.imaging.tissue import otsu, tissue_cells, tissue_mask

Sample = Callable[[str], Path]


def _picture(
    glass: tuple[int, int, int], tissue: tuple[int, int, int], share: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """A round piece of tissue on glass, both with noise; gives the picture and where the tissue is."""
    random = np.random.default_rng(11)
    rows, cols = np.mgrid[0:400, 0:500]
    there = (rows - 180) ** 2 + (cols - 260) ** 2 < share * 400 * 500 / math.pi
    picture = np.where(there[..., None], np.array(tissue), np.array(glass)).astype(np.float64)
    picture += random.normal(0, np.where(there, 12.0, 2.0)[..., None], picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), there


@pytest.mark.parametrize("share", [0.001, 0.02, 0.4])
@pytest.mark.parametrize(
    ("glass", "tissue"),
    [
        ((255, 255, 255), (190, 90, 150)),
        ((243, 242, 244), (226, 190, 214)),
        ((205, 206, 204), (170, 110, 150)),
        ((228, 228, 228), (110, 112, 115)),
        ((0, 0, 0), (10, 20, 120)),
        ((14, 14, 8), (90, 160, 40)),
    ],
)
def test_round_tissue_is_found_on_any_glass(
    glass: tuple[int, int, int], tissue: tuple[int, int, int], share: float
) -> None:
    picture, there = _picture(glass, tissue, share)
    found = tissue_mask(picture)
    overlap = (found & there).sum() / (found | there).sum()
    assert overlap > (0.75 if share < 0.01 else 0.93), overlap


@pytest.mark.parametrize("level", [0, 8, 128, 230, 255])
def test_an_empty_picture_has_no_tissue(level: int) -> None:
    noise = np.random.default_rng(3).normal(0, 2, (300, 300, 3))
    assert tissue_mask(np.clip(level + noise, 0, 255).astype(np.uint8)).mean() < 0.002
    assert not tissue_mask(np.full((50, 50, 3), level, np.uint8)).any()


def test_black_borders_of_a_scan_are_no_tissue() -> None:
    picture, there = _picture((240, 240, 240), (180, 90, 150), 0.1)
    picture[:, :150] = 0
    assert tissue_mask(picture)[:, :145].sum() == 0
    assert (tissue_mask(picture) & there).sum() > 0.95 * there[:, 150:].sum()


def test_a_speck_of_dust_is_dropped() -> None:
    picture = np.full((100, 100, 3), 240, np.uint8)
    picture[50, 50] = 20
    picture[70:74, 20:24] = 60
    found = tissue_mask(picture)
    assert not found[50, 50]
    assert found[70:74, 20:24].sum() >= 12


def test_otsu_splits_two_humps() -> None:
    random = np.random.default_rng(5)
    values = np.concatenate([random.normal(20, 4, 9000), random.normal(120, 15, 1000)]).astype(np.float32)
    assert 30 < otsu(values) < 95


def test_cells_are_measured_where_they_lie() -> None:
    mask = np.zeros((60, 100), bool)
    mask[30:36, 50:60] = True  # level-0 pixels 500 to 600 across and 300 to 360 down
    cells = tissue_cells(mask, 1000, 600, 128)
    assert cells.shape == (5, 8)
    expected = {
        (row, col)
        for row in range(5)
        for col in range(8)
        if _overlap(row * 128, 128, 300, 360, 600) * _overlap(col * 128, 128, 500, 600, 1000)
        >= 0.05 * min(128, 600 - row * 128) * min(128, 1000 - col * 128)
    }
    assert {(int(row), int(col)) for row, col in np.argwhere(cells)} == expected
    assert expected


def _overlap(start: int, length: int, low: int, high: int, size: int) -> int:
    return max(0, min(start + length, high, size) - max(start, low))


def _cells(path: Path, folder: Path, cell_px: int) -> npt.NDArray[np.bool_]:
    """The mask as a decoder makes it."""
    index = build_index(path)
    write_index(index, folder / "x.index")
    rows, cols = -(-index.info.height // cell_px), -(-index.info.width // cell_px)
    data = np.frombuffer(work.make_tissue(str(folder / "x.index"), cell_px), np.uint8)
    return np.unpackbits(data, count=rows * cols, bitorder="little").astype(bool).reshape(rows, cols)


def _hsv_share(pixels: npt.NDArray[np.uint8], cell_px: int, saturation: int, value: int) -> npt.NDArray[np.float64]:
    """The share of each cell that Pillow's HSV calls coloured or dark: another way to the same question."""
    hsv = np.asarray(Image.fromarray(pixels).convert("HSV"))
    there = (hsv[..., 1] > saturation) | (hsv[..., 2] < value)
    rows, cols = -(-there.shape[0] // cell_px), -(-there.shape[1] // cell_px)
    return np.array(
        [
            [there[r * cell_px : (r + 1) * cell_px, c * cell_px : (c + 1) * cell_px].mean() for c in range(cols)]
            for r in range(rows)
        ]
    )


def test_a_biopsy_is_found_where_pillow_sees_colour(sample: Sample, tmp_path: Path) -> None:
    path = sample("slides/CMU-1-Small-Region.svs")
    with openslide.OpenSlide(str(path)) as slide:
        pixels = np.asarray(slide.read_region((0, 0), 0, slide.dimensions).convert("RGB"))
    share = _hsv_share(pixels, 128, 40, 150)
    found = _cells(path, tmp_path, 128)
    assert found.shape == share.shape == (24, 18)
    assert found[share > 0.3].all()
    assert not found[share < 0.01].any()
    # Tissue, keratin and glass as the browser tests know them.
    assert found[1480 // 128, 1110 // 128]
    assert not found[2000 // 128, 200 // 128]
    assert found.mean() == pytest.approx((share > 0.05).mean(), abs=0.06)


def test_tiny_tissue_on_glass_is_found_and_nothing_else(sample: Sample, tmp_path: Path) -> None:
    path = sample("slides/kidney_48_5.tif")
    pixels = tifffile.imread(path)[..., :3]
    darkness = 255 - pixels.min(axis=2).astype(int)
    rows, cols = np.nonzero(darkness > 120)
    found = _cells(path, tmp_path, 32)
    where = np.argwhere(found)
    assert 2 <= len(where) <= 30
    assert where[:, 0].min() >= rows.min() // 32 - 1
    assert where[:, 0].max() <= rows.max() // 32 + 1
    assert where[:, 1].min() >= cols.min() // 32 - 1
    assert where[:, 1].max() <= cols.max() // 32 + 1
    middle = (int(np.median(rows)) // 32, int(np.median(cols)) // 32)
    assert found[middle]


def test_tissue_that_shines_is_found(sample: Sample, tmp_path: Path) -> None:
    path = sample("slides/test3-DAPI-2-(387).ndpi")
    found = _cells(path, tmp_path, 256)
    with openslide.OpenSlide(str(path)) as slide:
        small = np.asarray(slide.get_thumbnail((496, 608)).convert("RGB")).max(axis=2).astype(np.float64)
    high, wide = small.shape
    mean = np.array(
        [
            [
                np.percentile(small[r * high // 19 : (r + 1) * high // 19, c * wide // 16 : (c + 1) * wide // 16], 90)
                for c in range(16)
            ]
            for r in range(19)
        ]
    )
    assert found.shape == (19, 16)
    assert found[mean > 60].all()
    assert not found[mean < 4].any()
