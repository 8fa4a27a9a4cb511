"""Plain images: every mode equal to Pillow, orientation, alpha, large ones outside memory."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageOps

from coverslip.core.errors import TileUnreadable
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats import image_raster
from coverslip.imaging.formats.image import ImageFormat
from coverslip.imaging.probe import open_path, peek
from coverslip.ports.format import Confidence, Pixels
from coverslip.testing.format_suite import FormatSuite

Sample = Callable[[str], Path]
WIDTH, HEIGHT = 400, 300


def picture() -> Image.Image:
    coarse = np.random.default_rng(1).integers(0, 255, (30, 40, 3))
    return Image.fromarray(np.kron(coarse, np.ones((10, 10, 1))).astype(np.uint8))


def translucent() -> Image.Image:
    image = picture().convert("RGBA")
    image.putalpha(picture().convert("L"))
    return image


WRITERS: dict[str, Callable[[Path], Any]] = {
    "colour.jpg": lambda path: picture().save(path, quality=90),
    "grey.jpg": lambda path: picture().convert("L").save(path),
    "cmyk.jpg": lambda path: picture().convert("CMYK").save(path),
    "progressive.jpg": lambda path: picture().save(path, progressive=True),
    "colour.png": lambda path: picture().save(path),
    "palette.png": lambda path: picture().convert("P").save(path),
    "bits.png": lambda path: picture().convert("1").save(path),
    "grey alpha.png": lambda path: picture().convert("LA").save(path),
    "alpha.png": lambda path: translucent().save(path),
    "transparent palette.png": lambda path: picture().convert("P").save(path, transparency=3),
    "transparent grey.png": lambda path: picture().convert("L").save(path, transparency=3),
    "transparent colour.png": lambda path: picture().save(path, transparency=(1, 2, 3)),
    "colour.webp": lambda path: picture().save(path, lossless=True),
    "alpha.webp": lambda path: translucent().save(path, lossless=True),
    "colour.bmp": lambda path: picture().save(path),
    "palette.bmp": lambda path: picture().convert("P").save(path),
    "grey.bmp": lambda path: picture().convert("L").save(path),
    "colour.jp2": lambda path: picture().save(path, irreversible=False),
    "alpha.jp2": lambda path: translucent().save(path),
    "tiled.jp2": lambda path: picture().save(path, tile_size=(128, 128)),
    "grey.jp2": lambda path: picture().convert("L").save(path),
}


class TestImage(FormatSuite):
    format = ImageFormat()
    samples = ("colour.jpg", "alpha.png", "colour.webp", "colour.bmp", "tiled.jp2", "bits.png")
    least_confidence = Confidence.GOOD

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self._path = tmp_path

    def locate(self, name: str) -> Path:
        path = self._path / name
        if not path.exists():
            WRITERS[name](path)
        return path


def whole(path: Path) -> Pixels:
    slide = ImageFormat().open(path)
    try:
        size = slide.info.levels[0]
        return slide.read(Region(0, 0, size.width, size.height), 0, Plane())
    finally:
        slide.close()


def by_pillow(path: Path, *, colour: bool) -> Pixels:
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        if "transparency" in upright.info or upright.mode in ("LA", "RGBA"):
            flat = Image.new("RGBA", upright.size, "white")
            flat.alpha_composite(upright.convert("RGBA"))
            upright = flat.convert("RGB")
        if colour:
            return np.asarray(upright.convert("RGB"))
        return np.asarray(upright if upright.mode.startswith("I") else upright.convert("L"))[..., np.newaxis]


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_equals_pillow(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    slide = ImageFormat().open(path)
    info = slide.info
    assert (info.width, info.height) == (WIDTH, HEIGHT)
    assert info.rgb == (not name.startswith(("grey", "bits", "transparent grey")))
    theirs = by_pillow(path, colour=info.rgb)
    for x, y, w, h in ((0, 0, WIDTH, HEIGHT), (13, 27, 50, 33), (WIDTH - 5, HEIGHT - 7, 5, 7)):
        found = slide.read(Region(x, y, w, h), 0, Plane())
        np.testing.assert_array_equal(found, theirs[y : y + h, x : x + w])
    slide.close()


@pytest.mark.parametrize("suffix", ["png", "jp2"])
def test_sixteen_bit_grey_is_kept(tmp_path: Path, suffix: str) -> None:
    grey = np.random.default_rng(2).integers(0, 65535, (HEIGHT, WIDTH)).astype(np.uint16)
    data = imagecodecs.png_encode(grey) if suffix == "png" else imagecodecs.jpeg2k_encode(grey, level=0)
    path = tmp_path / f"grey.{suffix}"
    path.write_bytes(data)
    found = whole(path)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found[..., 0], grey)


def test_sixteen_bit_colour_is_shown_with_eight(tmp_path: Path) -> None:
    colour = np.random.default_rng(2).integers(0, 65535, (HEIGHT, WIDTH, 3)).astype(np.uint16)
    path = tmp_path / "colour.png"
    path.write_bytes(imagecodecs.png_encode(colour))
    np.testing.assert_array_equal(whole(path), colour >> 8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.png"
    picture().save(path, exif=exif)
    theirs = by_pillow(path, colour=True)
    slide = ImageFormat().open(path)
    assert (slide.info.height, slide.info.width) == theirs.shape[:2]
    for x, y, w, h in ((0, 0, 40, 30), (101, 53, 77, 31)):
        np.testing.assert_array_equal(slide.read(Region(x, y, w, h), 0, Plane()), theirs[y : y + h, x : x + w])
    slide.close()


@pytest.mark.parametrize("name", ["colour.jpg", "alpha.png", "colour.webp", "tiled.jp2", "palette.bmp", "grey.jpg"])
def test_large_images_are_unpacked_outside_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    expected = whole(path)
    monkeypatch.setattr(image_raster, "IN_MEMORY_BYTES", 1000)
    slide = ImageFormat().open(path)
    np.testing.assert_array_equal(slide.read(Region(7, 9, 211, 101), 0, Plane()), expected[9:110, 7:218])
    slide.close()


def test_real_images_open(sample: Sample) -> None:
    for name in ("other/ndpi_macro.jpg", "other/tiff-edge-cases/world.jp2", "other/encoded-tiles/test_tile.png"):
        path = sample(name)
        found = whole(path)
        np.testing.assert_array_equal(found, by_pillow(path, colour=found.shape[2] == 3))


def test_an_embedded_profile_is_kept(tmp_path: Path, sample: Sample) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "profile.jpg"
    picture().save(path, icc_profile=profile)
    slide = ImageFormat().open(path)
    assert slide.info.icc_profile == profile
    slide.close()


def test_the_thumbnail_inside_a_mrxs_is_not_the_slide(sample: Sample) -> None:
    path = sample("slides/broken/CMU-1-Saved-1_16_dangling.mrxs")
    assert ImageFormat().probe(peek(path)) is Confidence.NONE


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    picture().save(buffer, "PNG")
    path = tmp_path / "photograph.jpg"
    path.write_bytes(buffer.getvalue())
    slide = open_path(path)
    assert slide.info.metadata["image.Format"] == "PNG"
    slide.close()


def test_damage_inside_is_an_error_never_grey(tmp_path: Path) -> None:
    path = tmp_path / "colour.jpg"
    WRITERS["colour.jpg"](path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"\xff\xd9")
    slide = ImageFormat().open(path)
    with pytest.raises(TileUnreadable):
        slide.read(Region(0, 0, 10, 10), 0, Plane())
    slide.close()
