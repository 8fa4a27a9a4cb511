"""File names that may be the channels of one slide, and many that may not."""

import pytest

from coverslip.imaging.formats.channel_names import channel_groups, channel_of, shared_name


@pytest.mark.parametrize(
    "names",
    [
        ["Channel_0.tif", "Channel_1.tif", "Channel_2.tif"],
        ["a_ch00.tif", "a_ch01.tif"],
        ["S24-12 CH1 x.TIFF", "S24-12 CH2 x.TIFF"],
        ["x-chan 9.tif", "x-chan 10.tif", "x-chan 11.tif"],
        ["k_DAPI.tif", "k_FITC.tif", "k_Texas Red.tif"],
        ["k (Alexa 488).tif", "k (Cy5).tif"],
    ],
)
def test_names_equal_but_for_the_channel_are_a_group(names: list[str]) -> None:
    assert channel_groups([*reversed(names), "other.tif"]) == [names]


@pytest.mark.parametrize(
    "names",
    [
        ["slide_1.tif", "slide_2.tif"],
        ["S24-1234_C1.tif", "S24-1234_C2.tif"],  # blocks
        ["Channel_0.tif", "Channel_2.tif"],  # a gap
        ["Channel_0.tif", "Channel_1.tiff"],
        ["Channel_0.tif", "channel-name_1.tif"],
        ["a_ch0.tif", "b_ch1.tif"],
        ["a_ch0.tif", "a_chan1.tif"],
        ["a_ch0_DAPI.tif", "a_ch1_FITC.tif"],  # two words
        ["a_DAPI.tif", "a_dapi.tif"],
        ["a_ch1.png", "a_ch2.png"],
        ["a_ch1.ome.tif.bak", "a_ch2.ome.tif.bak"],
        ["a_ch0.tif", "a_ch00.tif"],
        ["MRCH1.tif", "MRCH2.tif"],
        ["a_ch1000.tif", "a_ch1001.tif"],
        ["a_ch0.tif"],
        [f"a_ch{number}.tif" for number in range(65)],
    ],
)
def test_all_other_names_are_slides_of_their_own(names: list[str]) -> None:
    assert channel_groups(names) == []


def test_groups_of_one_folder_are_told_apart() -> None:
    names = ["b_ch1.tif", "a_ch1.tif", "a_ch2.tif", "b_ch2.tif", "c.tif"]
    assert sorted(channel_groups(names)) == [["a_ch1.tif", "a_ch2.tif"], ["b_ch1.tif", "b_ch2.tif"]]


@pytest.mark.parametrize(
    ("name", "label", "shared"),
    [
        ("Channel_0.tif", "Channel 0", ""),
        ("a_ch01.tif", "Ch 1", "a"),
        ("S24-12 (DAPI) left.tif", "DAPI", "S24-12 left"),
    ],
)
def test_what_the_channel_and_the_slide_are_called(name: str, label: str, shared: str) -> None:
    channel = channel_of(name)
    assert channel is not None
    assert channel.label == label
    assert shared_name(name) == shared
    assert shared_name("plain.tif") == ""
