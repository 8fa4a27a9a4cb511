"""Addresses of tiles: what is recognised, and which field is named when it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.tiles.address import parse_place, parse_query, split_path
from coverslip.imaging.projection import Projection

SLIDE = "01890a5d-ac96-774b-bcce-b302099a8057"


def test_a_tile_address_gives_slide_and_place() -> None:
    assert split_path(f"/api/v1/slides/{SLIDE}/tiles/3/1/2") == (SLIDE, "3/1/2")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        f"/api/v1/slides/{SLIDE}",
        f"/api/v1/slides/{SLIDE}/region",
        f"/api/v1/slides/{SLIDE}/tiles/3/1",
        f"/api/v1/slides/{SLIDE}/tiles/3/1/2/4",
        f"/api/v2/slides/{SLIDE}/tiles/3/1/2",
        f"/api/v1/slides/{SLIDE[:-1]}/tiles/3/1/2",
        f"/api/v1/slides/{SLIDE[:8]}/{SLIDE[9:]}/tiles/3/1/2",
    ],
)
def test_other_addresses_are_left_to_the_application(path: str) -> None:
    assert split_path(path) is None


def test_a_place_is_three_whole_numbers() -> None:
    assert parse_place("3/1/02") == (3, 1, 2)


@pytest.mark.parametrize("part", ["", "-1", "+1", "1.0", "1_0", "a", "\N{ARABIC-INDIC DIGIT ONE}", " 1", "0x1"])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_part_that_is_no_number_is_named(part: str, position: int) -> None:
    parts = ["0", "0", "0"]
    parts[position] = part
    with pytest.raises(InvalidRequest) as caught:
        parse_place("/".join(parts))
    assert [problem.pointer for problem in caught.value.problems] == [f"/path/{'zxy'[position]}"]


def test_numbers_beyond_any_slide_stay_out_of_range() -> None:
    assert min(parse_place("9" * 40 + "/" + "8" * 12 + "/77777777777")) > 1_000_000_000


@given(st.binary(max_size=80))
def test_any_query_is_read_or_refused_in_words(query: bytes) -> None:
    refused: tuple[FieldProblem, ...] | None = None
    try:
        version, style, plane, time = parse_query(query)
    except InvalidRequest as error:
        refused = error.problems
    assert refused != ()
    if refused is None:
        assert isinstance(plane, Projection) or plane >= 0
        assert time >= 0
        assert version != ""
        assert style != ""


def test_a_query_carries_everything_that_changes_bytes() -> None:
    assert parse_query(b"v=abc&style=e30&plane=3&time=2&other=x") == ("abc", "e30", 3, 2)


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        (b"plane=-1", ["/query/plane"]),
        (b"plane=x&time=", ["/query/plane", "/query/time"]),
        (b"time=100001", ["/query/time"]),
        (b"style=" + b"a" * 9000, ["/query/style"]),
        (b"plane=\xff", ["/query"]),
    ],
)
def test_parameters_that_cannot_be_used_are_named(query: bytes, pointers: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_query(query)
    assert [problem.pointer for problem in caught.value.problems] == pointers


def test_a_projection_stands_where_a_plane_stands() -> None:
    assert parse_query(b"plane=max&time=2") == (None, None, Projection.MAX, 2)
    assert parse_query(b"v=1&plane=mean") == ("1", None, Projection.MEAN, 0)
    with pytest.raises(InvalidRequest):
        parse_query(b"plane=min")
