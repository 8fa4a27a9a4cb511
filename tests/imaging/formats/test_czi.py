"""Zeiss CZI: real samples against fastslide and slideio, written ones against their own pixels."""

import builtins
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import fastslide
import numpy as np
import pytest
import slideio
from pylibCZIrw import czi as libczi

from coverslip.core.errors import CorruptFile, UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.czi import CziFormat, CziSlide
from coverslip.ports.format import Confidence, Pixels, SlideInfo
from coverslip.testing.format_suite import FormatSuite

Sample = Callable[[str], Path]
MICROSCOPY = "other/microscopy"
WRITTEN = "written.czi"
SIDE = 60


def noise(*shape: int, dtype: str = "uint16") -> Pixels:
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max, shape).astype(dtype)


def write(path: Path, pixels: Pixels) -> Path:
    """Write an image of shape (t, z, c, height, width, samples) in tiles of 100 x 80 pixels."""
    with libczi.create_czi(str(path)) as document:
        for t, z, c in np.ndindex(pixels.shape[:3]):
            for y in range(0, pixels.shape[3], 80):
                for x in range(0, pixels.shape[4], 100):
                    tile = np.ascontiguousarray(pixels[t, z, c, y : y + 80, x : x + 100, ::-1])
                    document.write(tile, location=(x - 30, y + 20), plane={"T": t, "Z": z, "C": c})
        document.write_metadata("written", scale_x=5e-7, scale_y=5e-7, scale_z=2e-6)
    return path


class TestCzi(FormatSuite):
    format = CziFormat()
    samples = (
        WRITTEN,
        f"{MICROSCOPY}/RGB-8bit.czi",
        f"{MICROSCOPY}/RGB-multichannel.czi",
        f"{MICROSCOPY}/mosaic_test.czi",
        f"{MICROSCOPY}/tiles_z.czi",
    )
    least_confidence = Confidence.CERTAIN

    @pytest.fixture(autouse=True)
    def _samples(self, sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> None:
        self._sample = sample
        self._written = tmp_path_factory.mktemp("written") / WRITTEN

    def locate(self, name: str) -> Path:
        if name != WRITTEN:
            return self._sample(name)
        if not self._written.exists():
            write(self._written, noise(1, 2, 2, 200, 300, 1))
        return self._written


def opened(path: Path) -> CziSlide:
    return CziFormat().open(path)


FACTS: dict[str, dict[str, Any]] = {
    "RGB-8bit": {"size": (924, 624), "channels": 3, "rgb": True, "dtype": "uint8", "mpp": 1.08333, "objective": None},
    "RGB-multichannel": {
        "size": (147, 81),
        "channels": 21,
        "rgb": False,
        "dtype": "uint8",
        "mpp": 2.95849,
        "objective": 40,
    },
    "mosaic_test": {
        "size": (1756, 624),
        "channels": 1,
        "rgb": False,
        "dtype": "uint16",
        "mpp": 1.08333,
        "objective": 10,
    },
    "s_1_t_1_c_1_z_1": {
        "size": (475, 325),
        "channels": 1,
        "rgb": False,
        "dtype": "uint16",
        "mpp": 1.08333,
        "objective": 20,
    },
    "tiles": {"size": (510, 512), "channels": 2, "rgb": False, "dtype": "uint8", "mpp": 0.83027, "objective": 40},
    "tiles_z": {"size": (510, 512), "channels": 2, "rgb": False, "dtype": "uint8", "mpp": 0.83027, "objective": 40},
}


@pytest.mark.parametrize("name", FACTS)
def test_sample_is_what_the_index_states(sample: Sample, name: str) -> None:
    slide = opened(sample(f"{MICROSCOPY}/{name}.czi"))
    info = slide.info
    slide.close()
    found = {
        "size": (info.width, info.height),
        "channels": len(info.channels),
        "rgb": info.rgb,
        "dtype": info.dtype,
        "mpp": info.mpp_x and round(info.mpp_x, 5),
        "objective": info.objective,
    }
    assert found == FACTS[name]
    assert info.z_count == (2 if name == "tiles_z" else 1)
    assert info.vendor == "Zeiss"


def by_slideio(path: Path, z: int, info: SlideInfo) -> Pixels:
    """Read with slideio, which leaves blue, green, red in their order."""
    scene = slideio.open_slide(str(path), "CZI").get_scene(0)
    pixels = scene.read_block(slices=(z, z + 1)).reshape(info.height, info.width, -1)
    if path.name.startswith("RGB"):
        pixels = pixels.reshape(info.height, info.width, -1, 3)[..., ::-1].reshape(info.height, info.width, -1)
    return np.asarray(pixels)


def by_fastslide(path: Path, z: int, info: SlideInfo) -> Pixels:
    reader = fastslide.FastSlide.from_file_path(str(path))
    pixels = reader.read_region((0, 0), 0, reader.dimensions, z, 0).numpy()
    return np.asarray(pixels if pixels.shape[:2] == (info.height, info.width) else np.moveaxis(pixels, 0, -1))


@pytest.mark.parametrize("name", FACTS)
def test_pixels_equal_another_reader(sample: Sample, name: str) -> None:
    path = sample(f"{MICROSCOPY}/{name}.czi")
    # slideio misplaces tiles of two samples; where tiles overlap, fastslide shows the lower one, and it
    # reads only one sample of colour channels. libCZI is Zeiss's own.
    readers = [by_fastslide] if name.startswith("tiles") else [by_slideio]
    readers += [by_fastslide] if name == "RGB-8bit" else []
    slide = opened(path)
    info = slide.info
    for reader in readers:
        for z in range(info.z_count):
            theirs = reader(path, z, info)
            for x, y in ((0, 0), ((info.width - SIDE) // 2, 10), (info.width - SIDE, info.height - SIDE)):
                found = slide.read(Region(x, y, SIDE, SIDE), 0, Plane(z))
                np.testing.assert_array_equal(found, theirs[y : y + SIDE, x : x + SIDE, : found.shape[2]])
    slide.close()


def test_colours_are_in_the_order_of_the_files_own_thumbnail(sample: Sample) -> None:
    from PIL import Image

    slide = opened(sample(f"{MICROSCOPY}/RGB-8bit.czi"))
    thumbnail = slide.associated("thumbnail").astype(float)
    whole = slide.read(Region(0, 0, 924, 624), 0, Plane())
    small = np.asarray(Image.fromarray(whole).resize((thumbnail.shape[1], thumbnail.shape[0]), Image.Resampling.BOX))
    slide.close()

    def distance(pixels: Pixels) -> float:
        levelled = pixels / pixels.mean()
        return float(np.abs(levelled - thumbnail / thumbnail.mean()).mean())

    assert distance(small) < distance(small[..., ::-1])


def test_written_planes_and_channels_come_back(tmp_path: Path) -> None:
    pixels = noise(2, 3, 2, 200, 300, 1)
    slide = opened(write(tmp_path / "a.czi", pixels))
    info = slide.info
    assert (info.t_count, info.z_count, len(info.channels), info.width, info.height) == (2, 3, 2, 300, 200)
    assert (info.mpp_x, info.z_spacing_um) == (0.5, 2.0)
    for t, z in np.ndindex(2, 3):
        found = slide.read(Region(0, 0, 300, 200), 0, Plane(z, t))
        np.testing.assert_array_equal(found, np.moveaxis(pixels[t, z, ..., 0], 0, -1))
    slide.close()


def test_written_colour_comes_back_as_rgb(tmp_path: Path) -> None:
    pixels = noise(1, 1, 1, 200, 300, 3, dtype="uint8")
    slide = opened(write(tmp_path / "a.czi", pixels))
    assert slide.info.rgb
    np.testing.assert_array_equal(slide.read(Region(0, 0, 300, 200), 0, Plane()), pixels[0, 0, 0])
    slide.close()


def test_label_and_preview_that_are_czis_themselves(tmp_path: Path) -> None:
    path = write(tmp_path / "a.czi", noise(1, 1, 1, 90, 120, 1))
    label = noise(1, 1, 1, 50, 70, 3, dtype="uint8")
    inner = write(tmp_path / "label.czi", label).read_bytes()
    attach(path, {"Label": inner})
    slide = opened(path)
    assert [(image.name, image.width, image.height) for image in slide.info.associated] == [("label", 70, 50)]
    np.testing.assert_array_equal(slide.associated("label"), label[0, 0, 0])
    slide.close()


def attach(path: Path, pictures: Mapping[str, bytes]) -> None:
    """Append attachments and their directory, as Zeiss's format description lays them out."""
    data = bytearray(path.read_bytes())
    entries = []
    for name, body in pictures.items():
        entry = b"A1" + bytes(10) + struct.pack("<qi", len(data), 0) + bytes(16)
        entry += b"CZI".ljust(8, b"\0") + name.encode().ljust(80, b"\0")
        entries.append(entry)
        size = 256 + len(body)
        data += b"ZISRAWATTACH".ljust(16, b"\0") + struct.pack("<qq", size, size)
        data += struct.pack("<q", len(body)) + bytes(8) + entry + bytes(256 - 16 - 128) + body
    struct.pack_into("<q", data, 32 + 72, len(data))
    size = 256 + 128 * len(entries)
    data += b"ZISRAWATTDIR".ljust(16, b"\0") + struct.pack("<qq", size, size)
    data += struct.pack("<i", len(entries)) + bytes(252) + b"".join(entries)
    path.write_bytes(data)


def test_without_the_extra_the_sentence_names_it(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name.startswith("pylibCZIrw"):
            raise ImportError(name)
        return real(name, *rest)

    path = sample(f"{MICROSCOPY}/RGB-8bit.czi")
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(UnsupportedFormat, match=r"extra 'czi'.*coverslip\[czi\]"):
        CziFormat().open(path)


def test_a_damaged_czi_is_refused(sample: Sample, tmp_path: Path) -> None:
    path = Path(shutil.copyfile(sample(f"{MICROSCOPY}/RGB-8bit.czi"), tmp_path / "a.czi"))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CorruptFile, match="libCZI"):
        CziFormat().open(path)
