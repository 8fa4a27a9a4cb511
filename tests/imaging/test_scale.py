"""From µm per pixel, objective and level to downsamples."""

from dataclasses import replace

import pytest

from coverslip.core.errors import InvalidRequest
from coverslip.imaging.pyramid import Scale
from coverslip.imaging.scale import native_objective, scale_for
from coverslip.ports.format import ChannelInfo, LevelInfo, SlideInfo

INFO = SlideInfo(
    "x",
    (LevelInfo(4000, 3000, 256, 256), LevelInfo(1000, 750, 256, 256)),
    "uint8",
    False,
    (ChannelInfo("c", "#ffffff"),),
    ("x",),
    mpp_x=0.25,
    mpp_y=0.26,
    objective=40,
)


def test_nothing_asked_is_level_0() -> None:
    assert scale_for(INFO) == Scale(1, 1)


def test_pixel_size_counts_along_each_axis() -> None:
    scale = scale_for(INFO, mpp=0.52)
    assert (scale.x, scale.y) == pytest.approx((2.08, 2.0))


@pytest.mark.parametrize(("objective", "expected"), [(40, 1), (38, 1), (43, 1), (20, 2), (10, 4), (80, 0.5)])
def test_an_objective_snaps_to_the_scan(objective: float, expected: float) -> None:
    assert scale_for(INFO, objective=objective) == Scale(expected, expected)


@pytest.mark.parametrize(
    ("mpp", "nominal", "expected"),
    [(0.25, 40, 40), (0.2457, 40, 40), (0.25, 20, 40), (0.5, None, 20), (None, 20, 20), (None, None, None)],
)
def test_the_pixel_size_overrules_an_objective_that_contradicts_it(
    mpp: float | None, nominal: float | None, expected: float | None
) -> None:
    assert native_objective(replace(INFO, mpp_x=mpp, mpp_y=mpp, objective=nominal)) == expected


def test_levels_and_downsamples() -> None:
    assert scale_for(INFO, level=1) == Scale(4, 4)
    assert scale_for(INFO, downsample=3.5) == Scale(3.5, 3.5)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"mpp": 0.0}, "/mpp"),
        ({"mpp": float("nan")}, "/mpp"),
        ({"downsample": float("inf")}, "/downsample"),
        ({"objective": -20}, "/objective"),
        ({"level": 2}, "/level"),
        ({"level": -1}, "/level"),
        ({"mpp": 1.0, "level": 0}, "/level"),
    ],
)
def test_refusals_name_the_field(asked: dict[str, float], pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        scale_for(INFO, **asked)  # type: ignore[arg-type]  # a level among numbers
    assert refusal.value.problems[0].pointer == pointer


def test_a_slide_without_scale_says_so() -> None:
    bare = replace(INFO, mpp_x=None, mpp_y=None, objective=None)
    with pytest.raises(InvalidRequest, match="pixel size"):
        scale_for(bare, mpp=1)
    with pytest.raises(InvalidRequest, match="objective"):
        scale_for(bare, objective=10)
    assert scale_for(bare, downsample=2) == Scale(2, 2)
