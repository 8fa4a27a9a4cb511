"""Slides of several files in a served folder: one record, also where a file comes later."""

import os
import time
from pathlib import Path

import pytest
from tests.features.imports.conftest import Served

from coverslip.features.imports.scan import Scan
from coverslip.features.imports.walk import NotSlides, walk

CHANNEL = "slides/multi-tiff/Channel_{}.tif"


def add_channels(served: Served, *numbers: int, folder: str = "multi", name: str = "Channel_{}.tif") -> None:
    for number in numbers:
        path = served.add(f"{folder}/{name.format(number)}", CHANNEL.format(number))
        os.utime(path, (time.time() - 100, time.time() - 100))


def files(served: Served, name: str) -> list[str]:
    return list(served.where(served.ids()[name]).files)


def test_one_file_a_channel_is_one_slide_named_after_what_they_share(served: Served) -> None:
    add_channels(served, 0, 1, 2)
    add_channels(served, 0, 1, 2, folder="named", name="S24-7 ch{} left.tif")
    served.add("plain.svs")
    served.scan()
    assert served.states() == {"multi": "ready", "S24-7 left": "ready", "plain": "ready"}
    assert files(served, "multi") == ["Channel_0.tif", "Channel_1.tif", "Channel_2.tif"]
    assert served.scan().read == 0
    assert served.count() == 3


def test_a_channel_that_comes_later_joins_its_slide(served: Served) -> None:
    add_channels(served, 0, 1)
    served.scan()
    before = served.ids()["multi"]
    add_channels(served, 2)
    served.scan()
    assert served.ids() == {"multi": before}
    assert files(served, "multi") == ["Channel_0.tif", "Channel_1.tif", "Channel_2.tif"]
    assert served.scan().read == 0


def test_the_first_channel_may_have_stood_alone_or_come_last(served: Served) -> None:
    add_channels(served, 1)
    served.scan()
    before = set(served.ids().values())
    assert served.count() == 1
    add_channels(served, 0, 2)
    served.scan()
    assert set(served.ids().values()) == before
    assert len(files(served, next(iter(served.ids())))) == 3
    assert served.scan().read == 0


def test_without_looking_for_the_owner_there_would_be_two(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scan, "_whole", lambda self, seen: seen)
    add_channels(served, 0, 1)
    served.scan()
    add_channels(served, 2)
    served.scan()
    assert served.count() == 2


def test_a_channel_that_goes_leaves_a_slide_of_the_others(served: Served) -> None:
    add_channels(served, 0, 1, 2)
    served.scan()
    before = served.ids()["multi"]
    (served.folder / "multi" / "Channel_2.tif").unlink()
    served.scan()
    assert list(served.ids().values()) == [before]
    assert files(served, "multi") == ["Channel_0.tif", "Channel_1.tif"]


def test_all_channels_wait_for_the_youngest(served: Served) -> None:
    add_channels(served, 0, 1, 2)
    now = time.time()
    os.utime(served.folder / "multi" / "Channel_2.tif", (now, now))
    found = [
        unit
        for folder in walk(str(served.folder), lambda function, *args, **_: function(*args), not_slides=NotSlides())
        for unit in folder.units
    ]
    assert {Path(unit.path).name for unit in found if unit.claiming} == {f"Channel_{number}.tif" for number in range(3)}
    assert {unit.youngest_ns // 10**9 for unit in found} == {int(now)}
