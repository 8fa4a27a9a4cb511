"""Styles in addresses: canonical text, and refusals that name the field."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.errors import InvalidRequest
from coverslip.imaging.style import LUT_NAMES, ChannelStyle, Style, default_style, encode_style, parse_style
from coverslip.ports.format import ChannelInfo, LevelInfo, SlideInfo


def text_of(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def test_no_style_is_the_files_own_pixels() -> None:
    assert parse_style(None) == parse_style("") == parse_style(text_of({})) == Style()
    assert Style().plain
    assert encode_style(Style()) == ""


def test_canonical_text_has_sorted_keys_and_no_defaults() -> None:
    style = Style((ChannelStyle(1, colour="#00ff00", low=0.0, gamma=1.0),), contrast=1.5, icc=True)
    document = json.loads(base64.urlsafe_b64decode(encode_style(style) + "=="))
    assert document == {"channels": [{"colour": "#00ff00", "index": 1, "low": 0.0}], "contrast": 1.5, "icc": True}
    assert list(document) == sorted(document)


channels = st.builds(
    ChannelStyle,
    index=st.integers(0, 40),
    colour=st.none() | st.sampled_from(["#000000", "#12abef"]),
    low=st.none() | st.floats(-1000, 0),
    high=st.none() | st.floats(1, 65535),
    gamma=st.floats(0.1, 10),
    lut=st.none() | st.sampled_from(LUT_NAMES),
    visible=st.booleans(),
)
styles = st.builds(
    Style,
    channels=st.lists(channels, max_size=5, unique_by=lambda one: one.index).map(tuple),
    brightness=st.floats(-1, 1),
    contrast=st.floats(0, 10),
    gamma=st.floats(0.1, 10),
    saturation=st.floats(0, 10),
    icc=st.booleans(),
)


@given(styles)
def test_text_and_value_are_the_same_thing(style: Style) -> None:
    assert parse_style(encode_style(style)) == style
    assert encode_style(parse_style(encode_style(style))) == encode_style(style)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"brightness": 2}, "/style/brightness"),
        ({"contrast": "high"}, "/style/contrast"),
        ({"gamma": 0}, "/style/gamma"),
        ({"gamma": True}, "/style/gamma"),
        ({"saturation": -1}, "/style/saturation"),
        ({"icc": 1}, "/style/icc"),
        ({"colour": "red"}, "/style/colour"),
        ({"a/b": 1}, "/style/a~1b"),
        ({"channels": {}}, "/style/channels"),
        ({"channels": [1]}, "/style/channels/0"),
        ({"channels": [{}]}, "/style/channels/0/index"),
        ({"channels": [{"index": 0}, {"index": 1, "colour": "red"}]}, "/style/channels/1/colour"),
        ({"channels": [{"index": 0, "lut": "rainbow"}]}, "/style/channels/0/lut"),
        ({"channels": [{"index": 0, "low": 5, "high": 5}]}, "/style/channels/0/high"),
        ({"channels": [{"index": 0, "low": "5"}]}, "/style/channels/0/low"),
        ({"channels": [{"index": 0, "visible": "yes"}]}, "/style/channels/0/visible"),
        ({"channels": [{"index": 0}, {"index": 0}]}, "/style/channels"),
        ({"channels": [{"index": 0, "size": 1}]}, "/style/channels/0/size"),
        ([], "/style"),
        ("x", "/style"),
        (None, "/style"),
    ],
)
def test_a_refusal_names_the_field(document: Any, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_style(text_of(document))
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


@pytest.mark.parametrize("text", ["%%%", "e", "e30=x", "€", "A" * 20_000, text_of({"brightness": float("nan")})])
def test_what_is_no_style_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_style(text)


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_style(text), Style)
    except InvalidRequest as refusal:
        assert refusal.problems  # noqa: PT017 - either outcome is right


def test_default_shows_the_first_six_channels() -> None:
    names = tuple(ChannelInfo(str(number), "#ffffff") for number in range(9))
    info = SlideInfo("x", (LevelInfo(1, 1, 1, 1),), "uint16", False, names, ("x",))
    assert [channel.index for channel in default_style(info).channels] == [0, 1, 2, 3, 4, 5]
