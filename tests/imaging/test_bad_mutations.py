"""Mutated copies of every sample that is no TIFF: cut, with bits flipped, pieces overwritten or moved.

Nothing but a slide or a refusal in words may come out, in time. libCZI and slideio are allowed to
take their process with them, which is why they run in one of their own; our readers are not.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coverslip.testing.limited_reader import DIED, LimitedReader, complaints

Sample = Callable[[str], Path]
QUICK, ALL = 40, 600
HEAD_BYTES = 6000
FAMILIES: dict[str, tuple[str, ...]] = {
    "dicom": (
        "slides/dicom-cytomine",
        "slides/multi_frame_jpeg_camelyon_challenge_image.dcm",
        "slides/openslide-fixtures/boxes_0.dcm",
        "slides/dicom-FluorCell_4",
        "slides/small_dicom.dcm",
        "annotations/dicom/sm_image_jpegls.dcm",
        "annotations/dicom/sm_image_jpegls_nobot.dcm",
        "annotations/dicom/sm_image_grayscale.dcm",
        "annotations/dicom/seg_image_sm_dots.dcm",
    ),
    "zarr": (
        "slides/ome-zarr/data.zarr",
        "slides/ome-zarr/blobs_image_v04.ome.zarr",
        "slides/ome-zarr/blobs_image_v05.ome.zarr",
    ),
    "image": ("colour.jpg", "progressive.jpg", "alpha.png", "colour.webp", "colour.bmp", "colour.jp2"),
    "czi": (
        "other/microscopy/RGB-multichannel.czi",
        "other/microscopy/tiles_z.czi",
        "other/microscopy/s_1_t_1_c_1_z_1.czi",
    ),
    "vsi": ("slides/vsi/vsi-ets-test-jpg2k.vsi",),
    "openslide": ("slides/broken/CMU-1-Saved-1_16_dangling.mrxs",),
}
FOREIGN = {"czi", "vsi", "openslide"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedReader]:
    limited = LimitedReader(tmp_path_factory.mktemp("indexes"))
    yield limited
    limited.close()


def pictures(folder: Path) -> Iterator[Path]:
    """Write one image of each kind."""
    coarse = np.random.default_rng(1).integers(0, 255, (20, 30, 3))
    image = Image.fromarray(np.kron(coarse, np.ones((12, 12, 1))).astype(np.uint8))
    translucent = image.convert("RGBA")
    translucent.putalpha(image.convert("L"))
    for name in FAMILIES["image"]:
        chosen = translucent if name.startswith("alpha") else image
        chosen.save(folder / name, progressive=name.startswith("progressive"))
        yield folder / name


def available(sample: Sample, family: str, folder: Path) -> list[Path]:
    if family == "image":
        return list(pictures(folder))
    found = []
    for name in FAMILIES[family]:
        try:
            found.append(sample(name))
        except pytest.skip.Exception:
            continue
    return found


def copied(path: Path, folder: Path) -> tuple[Path, list[Path]]:
    """Copy a slide; return what to open, and its files."""
    folder.mkdir()
    if path.is_dir():
        shutil.copytree(path, folder / path.name, copy_function=shutil.copyfile)
        return folder / path.name, [one for one in (folder / path.name).rglob("*") if one.is_file()]
    shutil.copyfile(path, folder / path.name)
    companion = path.parent / f"_{path.stem}_"
    if companion.is_dir():
        shutil.copytree(companion, folder / companion.name, copy_function=shutil.copyfile)
    return folder / path.name, [one for one in folder.rglob("*") if one.is_file()]


def mutate(path: Path, generator: random.Random) -> None:
    """Damage one file: half of the time its first bytes, where the structure is."""
    data = bytearray(path.read_bytes())
    if not data:
        return
    way = generator.choice(("cut", "head", "head", "head", "anywhere", "fill", "insert"))
    if way == "cut":
        path.write_bytes(data[: generator.randrange(len(data))])
        return
    end = min(HEAD_BYTES, len(data)) if way in {"head", "fill"} else len(data)
    if way in {"head", "anywhere"}:
        for _ in range(generator.choice((1, 1, 2, 4, 16))):
            data[generator.randrange(end)] ^= 1 << generator.randrange(8)
    else:
        start = generator.randrange(end)
        length = min(generator.choice((1, 2, 4, 8, 64, 4096)), len(data) - start)
        filling = generator.choice((b"\0", b"\xff", b"\x7f", generator.randbytes(1))) * length
        data[start : start + (length if way == "fill" else 0)] = filling
    path.write_bytes(data)


def run(reader: LimitedReader, family: str, victims: list[Path], folder: Path, count: int, seed: int) -> Counter[str]:
    generator = random.Random(seed)
    found: Counter[str] = Counter()
    slowest, largest = 0.0, 0
    for number in range(count):
        source = victims[number % len(victims)]
        place = folder / f"mutation {number}"
        slide, files = copied(source, place)
        mutate(generator.choice(sorted(files)), generator)
        verdict = reader.verdict(slide)
        if not (family in FOREIGN and verdict.code == DIED):
            assert complaints(verdict, folder) == [], f"mutation {number} of {source.name}, seed {seed}"
        slowest, largest = max(slowest, verdict.seconds), max(largest, verdict.peak_kib)
        found[verdict.code] += 1
        shutil.rmtree(place)
    print(f"\n{family}: {count} mutations: {dict(found)}, slowest {slowest:.2f} s, largest {largest >> 10} MiB")
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_some_mutations_get_a_verdict(reader: LimitedReader, sample: Sample, tmp_path: Path, family: str) -> None:
    victims = available(sample, family, tmp_path)
    if not victims:
        sample(FAMILIES[family][0])
    found = run(reader, family, victims, tmp_path, QUICK, seed=2026)
    assert sum(found.values()) == QUICK


@pytest.mark.full
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("family", FAMILIES)
def test_hundreds_of_mutations_get_a_verdict(
    reader: LimitedReader, sample: Sample, tmp_path: Path, family: str
) -> None:
    victims = available(sample, family, tmp_path)
    if not victims:
        sample(FAMILIES[family][0])
    found = run(reader, family, victims, tmp_path, ALL, seed=7)
    assert sum(found.values()) == ALL
