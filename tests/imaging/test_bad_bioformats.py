"""Mutated copies of files that only Bio-Formats reads: a slide or a refusal in words, whatever Java makes of them."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from coverslip.testing.limited_reader import LimitedReader, complaints

Sample = Callable[[str], Path]
QUICK, ALL = 12, 150
VICTIMS = (
    "other/microscopy/tinyTest.d3d.dv",
    "other/microscopy/example-zstack.nd2",
    "other/microscopy/example-multichannel.nd2",
)
HEADER = 2048


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedReader]:
    limited = LimitedReader(tmp_path_factory.mktemp("indexes"))
    yield limited
    limited.close()


def mutated(data: bytes, generator: random.Random) -> bytes:
    """Return a copy that ends early, has bits flipped near its ends or anywhere, or numbers made huge."""
    way = generator.choice(("cut", "header", "header", "footer", "anywhere", "huge", "swap"))
    if way == "cut":
        return data[: generator.randrange(len(data))]
    copy = bytearray(data)
    places = {
        "header": range(min(HEADER, len(data))),
        "footer": range(max(0, len(data) - HEADER), len(data)),
    }.get(way, range(len(data)))
    if way == "huge":
        at = generator.randrange(0, min(HEADER, len(data)) - 4, 4)
        copy[at : at + 4] = generator.choice(
            (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\0\0\x40", b"\x7f\xff\xff\xff")
        )
    elif way == "swap":
        start, other = generator.randrange(len(data) - 256), generator.randrange(len(data) - 256)
        copy[start : start + 256] = data[other : other + 256]
    else:
        for _ in range(generator.choice((1, 2, 8, 64))):
            copy[generator.choice(places)] ^= 1 << generator.randrange(8)
    return bytes(copy)


def judge(reader: LimitedReader, source: Path, folder: Path, count: int) -> Counter[str]:
    generator = random.Random(source.name)
    data = source.read_bytes()
    path = folder / source.name
    wrong: list[str] = []
    codes: Counter[str] = Counter()
    for number in range(count):
        path.write_bytes(mutated(data, generator) if number else data[: int(len(data) * 0.9)])
        verdict = reader.verdict(path)
        codes[verdict.code] += 1
        wrong += [f"mutation {number}: {complaint}" for complaint in complaints(verdict, folder)]
    assert wrong == []
    return codes


@pytest.mark.parametrize("name", VICTIMS)
@pytest.mark.parametrize(
    "count", [pytest.param(QUICK, id="quick"), pytest.param(ALL, id="all", marks=pytest.mark.full)]
)
def test_mutated_copies(reader: LimitedReader, sample: Sample, tmp_path: Path, name: str, count: int) -> None:
    codes = judge(reader, sample(name), tmp_path, count)
    assert codes["truncated_file"]  # the first, at least; Bio-Formats would show what is missing as black
    assert codes["opens"]


def test_the_limited_process_leaves_no_java_behind(tmp_path: Path, sample: Sample) -> None:
    limited = LimitedReader(tmp_path)
    assert limited.verdict(sample(VICTIMS[0])).format == "bioformats"
    assert limited._child is not None
    (java,) = psutil.Process(limited._child.pid).children()
    limited._child.kill()
    limited.close()
    assert psutil.wait_procs([java], timeout=5)[1] == []
