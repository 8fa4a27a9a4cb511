"""Cursors of lists: what was written is read back, anything else is refused with one sentence."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.errors import InvalidRequest
from coverslip.features.slides.cursors import (
    Place,
    moment_key,
    moment_of,
    read_cursor,
    read_place,
    write_cursor,
    write_place,
)
from coverslip.features.slides.words import storable

NUMBERS = st.integers(-5 * 10**16, 10**17)
TEXTS = st.text().filter(storable)


def written(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@given(order=st.text(), key=st.one_of(NUMBERS, TEXTS), last=st.one_of(NUMBERS, TEXTS))
def test_a_place_is_read_back(order: str, key: str | int, last: str | int) -> None:
    cursor = write_cursor(order, key, last)
    assert cursor.isascii()
    assert read_cursor(cursor, order, type(key), type(last)) == [key, last]


@given(moment=st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives(moment: datetime) -> None:
    assert moment_of(moment_key(moment)) == moment


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "zzz",
        "é",
        "a",
        written({}),
        written(["name", "a"]),
        written(["name", "a", 1, 2]),
        written(["-name", "a", 1]),
        written(["name", 1, 1]),
        written(["name", "a", True]),
        written(["name", "a", 1.0]),
        written(["name", "a", 2 * 10**17]),
        written(["name", "a", -(10**17)]),
        written(["name", "a\0", 1]),
        base64.urlsafe_b64encode(b"[" * 1499).decode(),
        base64.urlsafe_b64encode(b'["name", "\\ud800", 1]').decode(),
        base64.urlsafe_b64encode(b'["name", "a", NaN]').decode(),
        base64.urlsafe_b64encode(b'["name", "a", ' + b"9" * 1400 + b"]").decode(),
    ],
)
def test_what_is_no_cursor_of_the_list_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_cursor(cursor, "name", str, int)
    assert [problem.pointer for problem in refused.value.problems] == ["/cursor"]


def test_every_list_refuses_what_is_no_cursor_alike(catalogue: Any) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 1499).decode()
    moment = written(["-trashed_at", 3 * 10**17, "x"])
    said = set()
    for path in ("/slides", "/cases", "/trash"):
        for cursor in ("zzz", "é", deep, moment, written(["name", "\0", 1])):
            answer = catalogue.call("GET", path, status=422, params={"cursor": cursor})
            said.add((answer["code"], answer["detail"], answer["errors"][0]["pointer"]))
    assert said == {("invalid_request", "The cursor does not belong to this list.", "/cursor")}


@given(order=st.text(), key=st.one_of(NUMBERS, TEXTS), no=NUMBERS, veiled=st.booleans())
def test_a_place_in_either_part_of_a_list_is_read_back(order: str, key: str | int, no: int, veiled: bool) -> None:
    place = Place(5 if veiled else key, no, veiled)
    assert read_place(write_place(order, place), order, type(key), splits=True) == place


@pytest.mark.parametrize(
    ("parts", "splits"),
    [
        (["name", 5, 1, 1], False),
        (["name", "a", 1, 1], True),
        (["name", 5, 1, True], True),
        (["name", 5, 1, 0], True),
        (["name", 5, 1], True),
    ],
)
def test_a_place_without_a_name_is_only_in_a_list_that_has_such_a_part(parts: list[Any], splits: bool) -> None:
    with pytest.raises(InvalidRequest):
        read_place(written(parts), "name", str, splits=splits)
