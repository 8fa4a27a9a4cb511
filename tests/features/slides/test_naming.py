"""The pattern language: what people write, what is read, and that no pattern or name breaks it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.errors import InvalidRequest
from coverslip.features.slides import parse_name


@pytest.mark.parametrize(
    ("pattern", "name", "wanted"),
    [
        (
            "{case}_{block}_{stain}",
            "S24-1234_A1_HER2.svs",
            {"case": "S24-1234", "block": "A1", "stain": "HER2", "stain_kind": "ihc"},
        ),
        # A case may hold the separator: blocks look like blocks.
        ("{case}_{block}_{stain}", "S24_1234_A1_HE.ndpi", {"case": "S24_1234", "block": "A1", "stain": "H&E"}),
        ("{case}_{block}_{stain}", "S24-1234_Tumour_PAS.ome.tiff", {"case": "S24-1234", "block": "Tumour"}),
        ("{case}_{block}[_{stain}]", "S24-1234_A1.svs", {"case": "S24-1234", "block": "A1"}),
        ("{case}_{block}[_{stain}]", "S24-1234_A1_mib1.svs", {"block": "A1", "stain": "Ki-67", "stain_kind": "ihc"}),
        ("{case}[_{part}[_{block}]]", "S1_A_2.svs", {"case": "S1", "part": "A", "block": "2"}),
        ("{case}[_{part}[_{block}]]", "S1_A.svs", {"case": "S1", "part": "A"}),
        ("{case}/{block}-{stain}", "2024/S24-7/B12-PAS.mrxs", {"case": "S24-7", "block": "B12", "stain": "PAS"}),
        ("{case}/*/{stain}", "S24-7/scans/cd3.svs", {"case": "S24-7", "stain": "CD3"}),
        ("{case} {part}{block} {stain}", "CR-21-88 A12 unknown stain.svs", {"part": "A", "block": "12"}),
        ("{case}_{stain}_*", "S1_HE_2024-01-05 10.11.12.svs", {"case": "S1", "stain": "H&E"}),
        ("{case}_{block}.{scan}", "S1_A1.2024.svs", {"case": "S1", "block": "A1", "scan": "2024"}),
        ("{Case}-X-{study site}", "s1-x-Left.svs", {"case": "s1", "study site": "Left"}),
        ("{case}.svs", "S12.svs", {"case": "S12"}),
        ("{label}", "anything.svs", {"label": "anything"}),
    ],
)
def test_names_are_read_as_people_mean_them(pattern: str, name: str, wanted: dict[str, str]) -> None:
    found = parse_name(pattern, name)
    assert found is not None
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{case}_{block}_{stain}", "S24-1234.svs"),
        ("{case}/{block}", "S24-1234.svs"),
        ("{case}_{block}", "_A1.svs"),
        ("S{case}", "T12.svs"),
    ],
)
def test_a_name_that_does_not_fit_reads_nothing(pattern: str, name: str) -> None:
    assert parse_name(pattern, name) is None


@pytest.mark.parametrize(
    "pattern",
    ["", " ", "plain", "{case", "case}", "{}", "{ }", "[{case}", "{case}]", "{case}_{case}", "/{case}", "{case}/",
     "{a}//{b}", "{" + "x" * 70 + "}", "*", "[{a}]" * 12 + "{b}", "{a}" * 2, "[{}]{case}",
     "".join(f"{{f{number}}}_" for number in range(12)), "{case}" + "x" * 200],
)  # fmt: skip
def test_a_pattern_that_cannot_be_read_is_refused_in_one_sentence(pattern: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^The pattern cannot be read: .*\.$") as refused:
        parse_name(pattern, "x.svs")
    assert [problem.pointer for problem in refused.value.problems] == ["/pattern"]


CASES = st.from_regex(r"[A-Z]{1,2}\d\d-\d{1,5}", fullmatch=True)
BLOCKS = st.from_regex(r"[A-Z]\d{1,2}", fullmatch=True)
STAINS = st.sampled_from(["H&E", "PAS", "HER2", "Ki-67", "CD3", "Masson trichrome"])


@given(
    CASES,
    BLOCKS,
    STAINS,
    st.sampled_from(["{case}_{block}_{stain}", "{case}/{block}_{stain}", "{stain}_{case}_{block}"]),
)
def test_what_a_pattern_writes_it_reads(case: str, block: str, stain: str, pattern: str) -> None:
    name = pattern.replace("{case}", case).replace("{block}", block).replace("{stain}", stain)
    found = parse_name(pattern, f"{name}.svs")
    assert found is not None
    assert (found["case"], found["block"], found["stain"]) == (case, block, stain)


@given(st.text("{}[]*/_-ab1 é", max_size=40), st.text("_-ab1 é/.", max_size=60))
def test_any_pattern_on_any_name_answers_or_is_refused(pattern: str, name: str) -> None:
    try:
        found = parse_name(pattern, name)
    except InvalidRequest:
        return
    assert found is None or all(isinstance(value, str) for value in found.values())


def test_a_name_made_to_take_for_ever_does_not() -> None:
    began = time.process_time()
    assert parse_name("{a}_{b}_{c}_{d}_{e}_{f}_{g}_{h}x{i}", "_" * 250 + ".svs") is None
    assert time.process_time() - began < 20  # it would be years
