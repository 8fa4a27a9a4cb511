"""Mutated copies of every TIFF sample: cut, with bits flipped, pieces overwritten or moved.

Half of the damage hits headers and directories, where it hurts most. Nothing but a slide or a
refusal in words may come out, in time, and the process survives every file.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coverslip.imaging.formats.tiff_ifd import TiffFile
from coverslip.testing.limited_reader import LimitedReader, complaints

Sample = Callable[[str], Path]
QUICK, ALL = 200, 2000
VICTIMS = (
    "slides/CMU-1-Small-Region.svs",
    "slides/test3-DAPI-2-(387).ndpi",
    "slides/openslide-fixtures/boxes.tiff",
    "slides/openslide-fixtures/small.svs",
    "slides/multi-tiff/Channel_0.tif",
    "slides/TCGA-CR-7395-01A-01-TS1.svs",
    "slides/small_vectra.qptiff",
    "slides/kidney_48_5.tif",
    "slides/4D-series.ome.tiff",
    "slides/multi-channel-z-series.ome.tif",
    "slides/omero_test_pyramid.ome.tif",
    "other/qupath-cells/cells-2c.ome.tif",
    "other/qupath-cells/cells.ome.tif",
    "other/qupath-cells/cells-gray16.tif",
    "other/tiff-edge-cases/1bit.tif",
    "other/tiff-edge-cases/ojpeg-tile.tif",
    "other/tiff-edge-cases/subsampled.tif",
    "other/tiff-edge-cases/test_orient6.tif",
    "other/tiff-edge-cases/yb10kx5k.zstd.tiff",
    "other/tiff-edge-cases/grey10kx5k.tif",
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedReader]:
    limited = LimitedReader(tmp_path_factory.mktemp("indexes"))
    yield limited
    limited.close()


def sensitive(path: Path) -> list[range]:
    """Return the parts of a file where a flipped bit matters most: header and directories."""
    file = TiffFile(path)
    try:
        parts = [range(16)]
        for directory in file.directories[:8]:
            parts.append(
                range(directory.offset, min(directory.offset + 2 + 12 * len(directory.entries), file.source.size))
            )
            parts += [
                range(entry.position, min(entry.position + min(entry.size, 4096), file.source.size))
                for entry in directory.entries.values()
                if entry.inline is None and entry.position < file.source.size
            ]
        return [part for part in parts if len(part)]
    finally:
        file.close()


def mutated(data: bytes, parts: list[range], generator: random.Random) -> bytes:
    """Return a copy that ends early, has bits flipped, bytes filled or a piece moved."""
    way = generator.choice(("cut", "directory", "directory", "directory", "anywhere", "fill", "insert"))
    if way == "cut":
        return data[: generator.randrange(len(data))]
    copy = bytearray(data)
    if way in {"directory", "anywhere"}:
        for _ in range(generator.choice((1, 1, 2, 4, 16))):
            part = generator.choice(parts) if way == "directory" else range(len(data))
            copy[generator.choice(part)] ^= 1 << generator.randrange(8)
        return bytes(copy)
    start = generator.choice(generator.choice(parts))
    length = min(generator.choice((1, 2, 4, 8, 64, 4096)), len(copy) - start)
    filling = generator.choice((b"\0", b"\xff", b"\x7f", generator.randbytes(1))) * length
    copy[start : start + (length if way == "fill" else 0)] = filling
    return bytes(copy)


def run_mutations(reader: LimitedReader, victims: list[Path], folder: Path, count: int, seed: int) -> Counter[str]:
    generator = random.Random(seed)
    sources = [(path, path.read_bytes(), sensitive(path)) for path in victims]
    found: Counter[str] = Counter()
    slowest, largest = 0.0, 0
    for number in range(count):
        path, data, parts = sources[number % len(sources)]
        victim = folder / f"mutation {number}{path.suffix}"
        victim.write_bytes(mutated(data, parts, generator))
        verdict = reader.verdict(victim)
        assert complaints(verdict, folder) == [], f"mutation {number} of {path.name}, seed {seed}"
        slowest, largest = max(slowest, verdict.seconds), max(largest, verdict.peak_kib)
        found[verdict.code] += 1
        victim.unlink()
    print(f"\n{count} mutations: {dict(found)}, slowest {slowest:.2f} s, largest {largest >> 10} MiB")
    return found


def available(sample: Sample) -> list[Path]:
    found = []
    for name in VICTIMS:
        try:
            found.append(sample(name))
        except pytest.skip.Exception:
            continue
    return found


def test_two_hundred_mutations_get_a_verdict(reader: LimitedReader, sample: Sample, tmp_path: Path) -> None:
    found = run_mutations(reader, available(sample), tmp_path, QUICK, seed=2026)
    assert sum(found.values()) == QUICK
    assert len(found) >= 3


@pytest.mark.full
@pytest.mark.timeout(2400)
def test_two_thousand_mutations_get_a_verdict(reader: LimitedReader, sample: Sample, tmp_path: Path) -> None:
    found = run_mutations(reader, available(sample), tmp_path, ALL, seed=7)
    assert sum(found.values()) == ALL
