"""Codes on labels: real photographs, and labels made by us that lie askew, upside down or out of focus."""

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zxingcpp
from PIL import Image, ImageFilter

from coverslip.core.errors import SlideMissing
from coverslip.imaging import barcode, work
from coverslip.imaging.barcode import Code, read_codes
from coverslip.infra.pool import DecoderPool

Sample = Callable[[str], Path]

KINDS = ("DataMatrix", "QRCode", "PDF417", "Code128", "Aztec", "Code93", "Code39")
TEXT = "S24-1234-A1-2"
PAPER = 235


def label(kind: str, text: str = TEXT, scale: int = 3) -> Image.Image:
    """Return a label with one code and print beside it."""
    made = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(kind))
    code = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(made, scale=scale, add_quiet_zones=True)))
    paper = Image.new("L", (1100, 700), PAPER)
    paper.paste(code, (120, 150))
    return paper


def pixels(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(image.convert("RGB"))


def photograph(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(path) as image:
        return pixels(image)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("barcode_datamatrix.jpeg", [Code("DataMatrix", "123455b45GR4")]),
        ("barcode_datamatrix_cropped.jpg", [Code("DataMatrix", "123455b45GR4")]),
        ("barcode_wikipedia_pdf417.png", [Code("PDF417", "Wikipedia")]),
        ("barcode_cant_read.jpg", []),
    ],
)
def test_real_photographs(sample: Sample, name: str, expected: list[Code]) -> None:
    assert read_codes(photograph(sample(f"other/label-barcode/{name}"))) == expected


def test_the_unreadable_one_shows_a_retail_code_that_names_no_slide(sample: Sample) -> None:
    """What keeps it out is the list of kinds: the decoder itself reads the EAN of what was sold."""
    found = zxingcpp.read_barcodes(photograph(sample("other/label-barcode/barcode_cant_read.jpg")))
    assert [one.format.name for one in found] == ["EAN13"]


def test_all_codes_of_a_real_laboratory_come_back(sample: Sample) -> None:
    """The bar code values of an export, printed as each kind in turn and read again."""
    with sample("other/label-barcode/metadata.csv").open(encoding="utf-8", errors="replace") as file:
        values = [row[0] for row in csv.reader(file)][1:]
    assert len(values) > 30
    for number, value in enumerate(values):
        kind = KINDS[number % len(KINDS)]
        assert read_codes(pixels(label(kind, value))) == [Code(kind, value)]


@pytest.mark.parametrize("kind", ["DataMatrix", "QRCode", "PDF417", "Code128"])
def test_a_label_may_lie_at_any_angle(kind: str) -> None:
    for angle in (0, 10, 33, 45, 60, 90, 135, 180, 200, 270):
        turned = label(kind).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)
        assert read_codes(pixels(turned)) == [Code(kind, TEXT)], angle


@pytest.mark.parametrize(("kind", "blur_px"), [("DataMatrix", 1.6), ("QRCode", 1.6), ("PDF417", 2.2)])
def test_a_label_out_of_focus_is_read_where_the_first_look_fails(kind: str, blur_px: float) -> None:
    blurred = pixels(label(kind).filter(ImageFilter.GaussianBlur(blur_px)))
    first = barcode._read(barcode._gray(blurred), zxingcpp.Binarizer.LocalAverage)
    assert first == []
    assert read_codes(blurred) == [Code(kind, TEXT)]


def test_small_pale_and_inverted_labels_are_read() -> None:
    small = label("DataMatrix").resize((367, 233), Image.Resampling.BOX)
    pale = label("Code128").point([120 + value // 8 for value in range(256)])
    inverted = label("QRCode").point([255 - value for value in range(256)])
    for image in (small, pale, inverted):
        assert [code.text for code in read_codes(pixels(image))] == [TEXT]


def test_several_codes_come_from_top_to_bottom_each_once() -> None:
    page = Image.new("L", (1100, 1400), PAPER)
    page.paste(label("DataMatrix", "lower"), (0, 700))
    page.paste(label("Code128", "upper"), (0, 0))
    assert read_codes(pixels(page)) == [Code("Code128", "upper"), Code("DataMatrix", "lower")]
    twice = Image.new("L", (1100, 1400), PAPER)
    twice.paste(label("QRCode"), (0, 0))
    twice.paste(label("QRCode"), (0, 700))
    assert read_codes(pixels(twice)) == [Code("QRCode", TEXT)]


def test_bars_that_read_differently_upside_down_are_not_believed() -> None:
    gray, binarizer = barcode._gray(pixels(label("Code128"))), zxingcpp.Binarizer.LocalAverage
    wrong, right = Code("Code128", "S24-9999"), Code("Code128", TEXT)
    assert barcode._believed([wrong, right], gray, binarizer) == [right]
    assert barcode._believed([Code("DataMatrix", "x")], gray, binarizer) == [Code("DataMatrix", "x")]


def test_control_characters_become_spaces() -> None:
    assert read_codes(pixels(label("DataMatrix", "S24\n77\tB"))) == [Code("DataMatrix", "S24 77 B")]


def test_pictures_without_codes_have_none_and_end_in_time(sample: Sample) -> None:
    generator = np.random.default_rng(7)
    for shape in ((1, 1, 3), (1, 900, 3), (40, 30), (5, 5, 1), (5, 5, 2), (200, 300, 4), (3000, 4000, 3)):
        start_s = time.monotonic()
        assert read_codes(generator.integers(0, 256, shape, np.uint8)) == []
        assert time.monotonic() - start_s < 30
    for wrong in (np.zeros((0, 5, 3), np.uint8), np.zeros((5, 5, 3), np.uint16), np.zeros(5, np.uint8)):
        assert read_codes(wrong) == []
    for name in ("ndpi_macro.jpg", "qc/pen_black.png", "ihc/skimage_ihc.png", "registration/Rat-Kidney_HE.jpg"):
        assert read_codes(photograph(sample(f"other/{name}"))) == []


# --- through a slide, in a decoder ------------------------------------------------------------


def slide_with(folder: Path, **images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    """Write a slide with associated images and return the path of its index."""
    path = folder / "slide.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(np.full((1200, 1200, 3), 200, np.uint8), photometric="rgb", tile=(256, 256), metadata=None)
        for name, image in images.items():
            writer.write(image, photometric="rgb", description=name, compression="zlib", metadata=None)
    work.describe(str(path), str(folder / "slide.index"))
    return str(folder / "slide.index")


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    decoders = DecoderPool(1, memory_bytes=2**30, timeout_s=30)
    yield decoders
    decoders.close_blocking()


def test_the_label_is_read_in_a_limited_decoder(sample: Sample, tmp_path: Path, pool: DecoderPool) -> None:
    photo = photograph(sample("other/label-barcode/barcode_datamatrix.jpeg"))
    index = slide_with(tmp_path, label=photo, macro=pixels(label("QRCode", "from the macro")))
    found = pool.run_blocking(work.read_label, index)
    assert found == {"codes": [{"kind": "DataMatrix", "text": "123455b45GR4"}], "image": "label", "note": None}


def test_the_macro_is_looked_at_where_the_label_says_nothing(tmp_path: Path, pool: DecoderPool) -> None:
    index = slide_with(tmp_path, label=np.full((300, 300, 3), 250, np.uint8), macro=pixels(label("Code128")))
    found = pool.run_blocking(work.read_label, index)
    assert found == {"codes": [{"kind": "Code128", "text": TEXT}], "image": "macro", "note": None}


def test_an_unreadable_label_says_so(sample: Sample, tmp_path: Path, pool: DecoderPool) -> None:
    index = slide_with(tmp_path, label=photograph(sample("other/label-barcode/barcode_cant_read.jpg")))
    found = pool.run_blocking(work.read_label, index)
    assert found == {"codes": [], "image": None, "note": "No code on the label can be read."}


def test_a_slide_without_a_label_says_so(tmp_path: Path, pool: DecoderPool) -> None:
    found = pool.run_blocking(work.read_label, slide_with(tmp_path))
    assert found == {"codes": [], "image": None, "note": "The slide has no picture of its label."}


def test_a_damaged_label_costs_nothing_but_itself(tmp_path: Path, pool: DecoderPool) -> None:
    index = slide_with(tmp_path, label=pixels(label("DataMatrix")))
    path = tmp_path / "slide.tif"
    with tifffile.TiffFile(path) as file:
        strips = list(zip(file.pages[1].dataoffsets, file.pages[1].databytecounts, strict=True))
    data = bytearray(path.read_bytes())
    for at, length in strips:
        data[at : at + length] = b"\xff" * length
    path.write_bytes(data)
    work.describe(str(path), index)
    found = pool.run_blocking(work.read_label, index)
    assert found == {"codes": [], "image": None, "note": "The picture of the label is damaged."}


def test_a_slide_that_is_gone_is_no_slide_without_a_label(tmp_path: Path, pool: DecoderPool) -> None:
    index = slide_with(tmp_path, label=pixels(label("DataMatrix")))
    (tmp_path / "slide.tif").unlink()
    with pytest.raises(SlideMissing):
        pool.run_blocking(work.read_label, index)
