"""Texts that look as if they named somebody, and such as do not."""

from typing import Any

import pytest
from tests.support.shares import House

from coverslip.features.access import share_words
from coverslip.features.access.share_words import ACCESSION, DATE, MAIL, NAME, NUMBER, TITLE, warnings_of


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Maria Huber", NAME),
        ("Slide of Maria Huber, left", NAME),
        ("HUBER Maria", NAME),
        ("Huber, Maria", NAME),
        ("Jean-Luc Picard", NAME),
        ("Åsa Öberg", NAME),
        ("Patient Huber", TITLE),
        ("Frau Huber", TITLE),
        ("Mr. Smith has pain", TITLE),
        ("S24-1234_A1_HE", ACCESSION),
        ("see H2023/12345", ACCESSION),
        ("24-S-00123", ACCESSION),
        ("2024-001234", ACCESSION),
        ("born 12.03.1954", DATE),
        ("*1954-03-12", DATE),
        ("MRN 00123456", NUMBER),
        ("write to m.huber@clinic.example", MAIL),
    ],
)
def test_what_looks_like_somebody_is_told(text: str, why: str) -> None:
    assert why in warnings_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HE",
        "A1 HER2",
        "Ki-67",
        "Please look at the second slide: is it invasive?",
        "Second Opinion",
        "Lymph Node",
        "Gleason Score 3+4",
        "tumour board",
        "Congo Red",
        "pT2 N0 G2",
        "Thank you, Dr Ada Sender",
        "Dear Prof Bergmann",
        "40x, 0.25 um",
        "Region 3 of 12",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert warnings_of(text, known=("Prof Bergmann", "Dr Ada Sender")) == []


def test_no_text_takes_long() -> None:
    for text in ("A" * 2000, "Aa " * 600, "1-" * 1000, "," * 2000, "a.b@" * 500, "S24-" * 500):
        assert isinstance(share_words.warnings_of(text), list)


def test_what_the_recipient_would_read_is_looked_through(house: House) -> None:
    patch = {"tags": ["Maria Huber", "teaching"], "name": "S24-1234_A1_HE"}
    house.call(house.admin, "PATCH", f"/slides/{house.slides[0]}", patch)
    bookmark = {"name": "as in 2024-001234", "view": {"x": 1, "y": 2, "resolution": 1}}
    house.call(house.manager, "POST", f"/slides/{house.slides[0]}/bookmarks", bookmark, 201)

    def found(**more: Any) -> set[tuple[str, str]]:
        body = {"kind": "case", "object_id": house.cases[0], **more}
        warnings = house.call(house.manager, "POST", "/shares/check", body)["warnings"]
        assert all(one["why"] for one in warnings)
        return {(one["where"], one["text"]) for one in warnings}

    assert found() == set(), "tags and bookmarks are not told where names are hidden"
    assert found(note="For Frau Huber") == {("note", "For Frau Huber")}
    assert found(note="Dear Ben Bergmann", recipient="Ben Bergmann") == set()
    named = {("tag", "Maria Huber"), ("bookmark", "as in 2024-001234"), ("slide name", "S24-1234_A1_HE")}
    assert found(identity=True) == named
    assert found(identity=True, note="For Frau Huber") == named | {("note", "For Frau Huber")}
    assert house.manager.post("/shares/check", json={"kind": "case", "object_id": "none"}).status_code == 404
