"""Colour management: which profiles are applied, and how close the table is to Little CMS."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageCms

from coverslip.core.errors import InvalidRequest
from coverslip.imaging.colour import (
    COARSE_LUT,
    MEAN_LIMIT,
    P99_LIMIT,
    apply_lut,
    lut_error,
    make_lut,
    profile_facts,
    srgb_profile,
    to_srgb,
)
from coverslip.imaging.colour_difference import delta_e_2000_lab, lab_of_srgb
from coverslip.testing.profiles import wide_rgb_profile
from coverslip.testing.synthetic import coded_rgb

SHARMA = [  # L1 a1 b1 L2 a2 b2 dE00: pairs 1, 4, 7, 9, 14, 17, 20, 25, 30, 34 of Sharma, Wu and Dalal's table
    (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
    (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0000),
    (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792),
    (50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461),
    (50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492),
    (50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
    (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
]


@pytest.mark.parametrize("row", SHARMA)
def test_ciede2000_agrees_with_the_published_pairs(row: tuple[float, ...]) -> None:
    first, second = np.array(row[:3]), np.array(row[3:6])
    assert delta_e_2000_lab(first, second) == pytest.approx(row[6], abs=1e-4)
    assert delta_e_2000_lab(second, first) == pytest.approx(row[6], abs=1e-4)


def test_lab_of_white_and_grey() -> None:
    lab = lab_of_srgb(np.array([[255, 255, 255], [119, 119, 119], [0, 0, 0]], np.uint8))
    np.testing.assert_allclose(lab, np.array([[100.0, 0, 0], [50.03, 0, 0], [0, 0, 0]]), atol=0.02)


def test_srgb_needs_no_managing() -> None:
    facts = profile_facts(srgb_profile())
    assert not facts.managed
    assert facts.name is not None
    assert profile_facts(None).name is None


def test_a_damaged_or_foreign_profile_is_not_applied() -> None:
    assert not profile_facts(b"not a profile" * 20).managed
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert not profile_facts(lab).managed
    with pytest.raises(InvalidRequest):
        to_srgb(coded_rgb(4, 4), lab)
    with pytest.raises(InvalidRequest):
        to_srgb(coded_rgb(4, 4), b"noise")


PROFILES = ("other/displayp3.icc", "other/AdobeRGB1998.icc", "other/ISO22028-2_ROMM-RGB.icc")


@pytest.fixture(params=("made", *PROFILES))
def wide(request: pytest.FixtureRequest, sample: Callable[[str], Path]) -> bytes:
    """A profile that is wider than sRGB."""
    return wide_rgb_profile() if request.param == "made" else sample(request.param).read_bytes()


def test_a_profile_says_its_name() -> None:
    facts = profile_facts(wide_rgb_profile("Scanner 3 RGB"))
    assert facts.name == "Scanner 3 RGB"
    assert facts.managed


def test_wide_colours_become_more_saturated_in_srgb() -> None:
    pixels = np.array([[[200, 80, 80], [120, 120, 120]]], np.uint8)
    converted = to_srgb(pixels, wide_rgb_profile()).astype(int)
    assert converted[0, 0, 0] > 200
    assert converted[0, 0, 1] < 80
    assert np.abs(converted[0, 1] - 120).max() <= 3


def test_the_table_is_close_to_little_cms(wide: bytes) -> None:
    assert profile_facts(wide).managed
    table = make_lut(wide)
    mean, p99 = lut_error(table, wide)
    assert table.shape[0] >= COARSE_LUT
    assert table.flags.c_contiguous
    assert table.shape[0] > COARSE_LUT or (mean <= MEAN_LIMIT and p99 <= P99_LIMIT)


def test_the_table_is_indexed_blue_green_red(wide: bytes) -> None:
    table = make_lut(wide)
    last = table.shape[0] - 1
    corner = to_srgb(np.array([[[255, 0, 0]]], np.uint8), wide)[0, 0]
    np.testing.assert_array_equal(table[0, 0, last], corner)
    assert table.reshape(-1, 3)[last].tolist() == corner.tolist()


def test_an_identity_table_gives_the_pixels_back() -> None:
    values = np.round(np.linspace(0, 255, 33))
    blue, green, red = np.meshgrid(values, values, values, indexing="ij")
    table = np.stack((red, green, blue), axis=-1).astype(np.uint8)
    pixels = coded_rgb(100, 80)
    assert np.abs(apply_lut(pixels, table).astype(int) - pixels).max() <= 1


def test_large_pictures_are_converted_in_strips_without_seams() -> None:
    pixels, profile = coded_rgb(20, 2500), wide_rgb_profile()
    pieces = np.concatenate([to_srgb(pixels[top : top + 100], profile) for top in range(0, 2500, 100)])
    np.testing.assert_array_equal(to_srgb(pixels, profile), pieces)
