"""The field's words for stains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.features.slides import stain_kind_of
from coverslip.features.slides.stains import canonical_stain, stain_key


@pytest.mark.parametrize(
    ("written", "name", "kind"),
    [
        ("H&E", "H&E", "he"),
        ("he", "H&E", "he"),
        ("H.E.", "H&E", "he"),
        ("H and E", "H&E", "he"),
        ("HE-2", "H&E", "he"),
        ("HE L3", "H&E", "he"),
        ("HES", "HES", "he"),
        ("pas", "PAS", "special"),
        ("Bielschowsky", "Bielschowsky", "special"),
        ("KI67", "Ki-67", "ihc"),
        ("MIB-1", "Ki-67", "ihc"),
        ("her2/neu", "HER2", "ihc"),
        ("Her-2", "HER2", "ihc"),
        ("ER", "ER", "ihc"),
        ("PR", "PR", "ihc"),
        ("P53", "p53", "ihc"),
        ("cd3", "CD3", "ihc"),
        ("CD 20", "CD20", "ihc"),
        ("CD79a", "CD79a", "ihc"),
        ("dapi", "DAPI", "if"),
        ("HER2 FISH", "HER2 FISH", "if"),
        ("zz External STAINED", "zz External STAINED", "other"),
        ("  my   stain ", "my stain", "other"),
    ],
)
def test_stains_get_their_name_and_kind(written: str, name: str, kind: str) -> None:
    assert canonical_stain(written)[0] == name
    assert stain_kind_of(written) == kind


def test_no_stain_has_no_kind() -> None:
    assert stain_kind_of(None) is None
    assert stain_kind_of("") is None


@given(st.text(max_size=80))
def test_a_name_that_was_kept_is_kept(text: str) -> None:
    name, kind = canonical_stain(text)
    assert canonical_stain(name) == (name, kind)
    assert stain_key(name) == stain_key(stain_key(name))
