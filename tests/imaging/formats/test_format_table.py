"""The table of formats in the documentation names every format that is installed, with its facts."""

import re
from pathlib import Path

from coverslip.ports.registry import formats

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "formats.md"


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_format_stands_in_the_table_with_its_suffixes_and_tier() -> None:
    assert formats().failures == ()
    for one in formats().formats:
        mine = [row for row in rows() if row[1] == f"`{one.name}`"]
        assert mine, one.name
        written = set(re.findall(r"`(\.[^`]+)`", " ".join(row[2] for row in mine)))
        assert set(one.suffixes) <= written
        assert {row[4] for row in mine} == {one.tier.value}


def test_no_row_names_a_format_that_does_not_exist() -> None:
    known = {f"`{one.name}`" for one in formats().formats}
    assert {row[1] for row in rows()} == known
