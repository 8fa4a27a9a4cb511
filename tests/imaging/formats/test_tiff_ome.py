"""OME-TIFF written for the test: axes, channels, levels, several files, hostile metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coverslip.core.errors import BombRefused, CorruptFile, MissingCompanion, TruncatedFile
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.tiff import open_tiff
from coverslip.ports.format import Pixels, Slide

RANDOM = np.random.default_rng(3)
NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


@contextmanager
def opened(path: Path) -> Iterator[Slide]:
    slide = open_tiff(path)
    try:
        yield slide
    finally:
        slide.close()


def whole(slide: Slide, level: int = 0, plane: Plane | None = None) -> Pixels:
    size = slide.info.levels[level]
    return slide.read(Region(0, 0, size.width, size.height), level, plane or Plane())


def noise(*shape: int, dtype: str = "uint16") -> Pixels:
    return RANDOM.integers(0, 200, shape).astype(dtype)


def document(pixels: str, inner: str, *, head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<OME xmlns="{NAMESPACE}"><Image ID="Image:0" Name="one">'
        f'<Pixels ID="Pixels:0" {pixels}>{inner}</Pixels></Image></OME>'
    )


def write_planes(path: Path, planes: list[Pixels], description: str) -> None:
    with tifffile.TiffWriter(path) as writer:
        for number, plane in enumerate(planes):
            writer.write(
                plane,
                photometric="minisblack",
                description=description if not number else None,
                metadata=None,
                contiguous=False,
                compression="deflate",
            )


@pytest.mark.parametrize("big", [False, True], ids=["classic", "big"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", ["deflate", "jpeg", "jpeg2000", None])
def test_rgb_pyramid_in_sub_directories(tmp_path: Path, compression: str | None, byteorder: str, big: bool) -> None:
    path = tmp_path / "pyramid.ome.tif"
    levels = [noise(512, 640, 3, dtype="uint8"), noise(256, 320, 3, dtype="uint8"), noise(128, 160, 3, dtype="uint8")]
    with tifffile.TiffWriter(path, ome=True, bigtiff=big, byteorder=byteorder) as writer:
        options = {"tile": (128, 128), "photometric": "rgb", "compression": compression}
        sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 500, "PhysicalSizeYUnit": "nm"}
        writer.write(levels[0], subifds=2, metadata={"axes": "YXS", **sizes}, **options)
        for level in levels[1:]:
            writer.write(level, subfiletype=1, **options)
    with opened(path) as slide, tifffile.TiffFile(path) as reference:
        info = slide.info
        assert (info.format, info.rgb, len(info.levels)) == ("ome_tiff", True, 3)
        assert (info.mpp_x, info.mpp_y) == (0.5, 0.5)
        for number, level in enumerate(reference.series[0].levels):
            np.testing.assert_array_equal(whole(slide, number), level.asarray())


def test_channels_of_a_pyramid_with_planes(tmp_path: Path) -> None:
    path = tmp_path / "stack.ome.tif"
    full, half = noise(2, 3, 4, 256, 200), noise(2, 3, 4, 128, 100)
    with tifffile.TiffWriter(path, ome=True) as writer:
        about = {
            "axes": "TZCYX",
            "PhysicalSizeZ": 2.5,
            "Channel": {
                "Name": ["DAPI", "FITC", "Cy3", "Cy5"],
                "Color": [65535, 16711935, -16776961, -1],
                "EmissionWavelength": [450, 520, 570, 670],
                "ExcitationWavelength": [358, 490, 550, 650],
            },
            "SignificantBits": 12,
        }
        writer.write(full, subifds=1, tile=(64, 64), metadata=about, photometric="minisblack", compression="lzw")
        writer.write(half, subfiletype=1, tile=(64, 64), photometric="minisblack", compression="lzw")
    with opened(path) as slide:
        info = slide.info
        assert (info.t_count, info.z_count, info.z_spacing_um) == (2, 3, 2.5)
        assert [one.name for one in info.channels] == ["DAPI", "FITC", "Cy3", "Cy5"]
        assert [one.colour for one in info.channels] == ["#0000ff", "#00ff00", "#ff0000", "#00ffff"]
        assert [one.emission_nm for one in info.channels] == [450, 520, 570, 670]
        assert [one.excitation_nm for one in info.channels] == [358, 490, 550, 650]
        assert (info.bit_depth, info.dtype, info.background) == (12, "uint16", (0, 0, 0))
        for t in range(2):
            for z in range(3):
                np.testing.assert_array_equal(whole(slide, 0, Plane(z, t)), np.moveaxis(full[t, z], 0, -1))
                np.testing.assert_array_equal(whole(slide, 1, Plane(z, t)), np.moveaxis(half[t, z], 0, -1))


@pytest.mark.parametrize("order", ["XY" + "".join(axes) for axes in permutations("ZCT")])
def test_every_order_of_dimensions(tmp_path: Path, order: str) -> None:
    path = tmp_path / "order.ome.tif"
    planes = [noise(40, 30) for _ in range(2 * 3 * 4)]
    sizes = 'SizeX="30" SizeY="40" SizeZ="2" SizeC="3" SizeT="4" Type="uint16"'
    write_planes(path, planes, document(f'DimensionOrder="{order}" {sizes}', "<TiffData/>"))
    with opened(path) as slide, tifffile.TiffFile(path) as reference:
        series = reference.series[0]
        array = np.transpose(series.asarray(), [series.axes.index(axis) for axis in "TZYXC"])
        for t in range(4):
            for z in range(2):
                np.testing.assert_array_equal(whole(slide, 0, Plane(z, t)), array[t, z])


def several_files(folder: Path, inner: str | None = None) -> tuple[Path, list[Pixels]]:
    """Write two channels into two files that describe each other."""
    planes = [noise(60, 50), noise(60, 50)]
    parts = inner or "".join(
        f'<TiffData FirstC="{number}" IFD="0" PlaneCount="1"><UUID FileName="part{number}.ome.tif">'
        f"urn:uuid:00000000-0000-0000-0000-00000000000{number}</UUID></TiffData>"
        for number in range(2)
    )
    text = document('DimensionOrder="XYZCT" SizeX="50" SizeY="60" SizeZ="1" SizeC="2" SizeT="1" Type="uint16"', parts)
    for number, plane in enumerate(planes):
        own = text.replace("<OME ", f'<OME UUID="urn:uuid:00000000-0000-0000-0000-00000000000{number}" ')
        write_planes(folder / f"part{number}.ome.tif", [plane], own)
    return folder / "part0.ome.tif", planes


def test_several_files_are_one_slide(tmp_path: Path) -> None:
    path, planes = several_files(tmp_path)
    with opened(path) as slide:
        assert slide.info.files == ("part0.ome.tif", "part1.ome.tif")
        stored = slide.stored_tiles()
        assert stored is not None
        assert stored[0].file_no is not None
        assert stored[0].file_no[0, 0, :, 0, 0].tolist() == [0, 1]
        np.testing.assert_array_equal(whole(slide), np.stack(planes, -1))
    np.testing.assert_array_equal(tifffile.imread(path), np.stack(planes))
    with opened(tmp_path / "part1.ome.tif") as slide:
        assert slide.info.files == ("part1.ome.tif", "part0.ome.tif")
        np.testing.assert_array_equal(whole(slide), np.stack(planes, -1))


def test_missing_part_is_said(tmp_path: Path) -> None:
    path, _ = several_files(tmp_path)
    (tmp_path / "part1.ome.tif").unlink()
    with pytest.raises(MissingCompanion, match=r"part1\.ome\.tif"):
        open_tiff(path)


def test_renamed_single_file_still_opens(tmp_path: Path) -> None:
    plane = noise(60, 50)
    inner = '<TiffData IFD="0"><UUID FileName="old name.ome.tif">urn:uuid:1</UUID></TiffData>'
    sizes = 'DimensionOrder="XYZCT" SizeX="50" SizeY="60" SizeZ="1" SizeC="1" SizeT="1" Type="uint16"'
    write_planes(tmp_path / "new.ome.tif", [plane], document(sizes, inner))
    with opened(tmp_path / "new.ome.tif") as slide:
        np.testing.assert_array_equal(whole(slide)[..., 0], plane)


def test_companion_file_holds_the_metadata(tmp_path: Path) -> None:
    path, planes = several_files(tmp_path)
    with tifffile.TiffFile(path) as file:
        text = file.pages[0].description
    (tmp_path / "set.companion.ome").write_text(text)
    binary = f'<OME xmlns="{NAMESPACE}"><BinaryOnly MetadataFile="set.companion.ome" UUID="urn:uuid:1"/></OME>'
    write_planes(path, [planes[0]], binary)
    with opened(path) as slide:
        np.testing.assert_array_equal(whole(slide), np.stack(planes, -1))


@pytest.mark.parametrize("name", ["../outside.tif", "/etc/passwd", "..", "a\\..\\..\\secret.tif"])
def test_metadata_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    several_files(tmp_path)
    (tmp_path / "part1.ome.tif").rename(tmp_path / "outside.tif")
    inner = (
        f'<TiffData FirstC="0" IFD="0"><UUID FileName="part0.ome.tif">a</UUID></TiffData>'
        f'<TiffData FirstC="1" IFD="0"><UUID FileName="{name}">b</UUID></TiffData>'
    )
    path, _ = several_files(folder, inner)
    with pytest.raises((MissingCompanion, CorruptFile)):
        open_tiff(path)


def test_planes_that_nobody_stored_are_gaps(tmp_path: Path) -> None:
    plane = noise(60, 50)
    inner = '<TiffData FirstC="1" IFD="0" PlaneCount="1"/>'
    sizes = 'DimensionOrder="XYZCT" SizeX="50" SizeY="60" SizeZ="1" SizeC="2" SizeT="1" Type="uint16"'
    write_planes(tmp_path / "gap.ome.tif", [plane], document(sizes, inner))
    with opened(tmp_path / "gap.ome.tif") as slide:
        found = whole(slide)
        assert not found[..., 0].any()
        np.testing.assert_array_equal(found[..., 1], plane)


SIZES = 'DimensionOrder="XYZCT" SizeX="50" SizeY="60" SizeZ="{z}" SizeC="1" SizeT="1" Type="uint16"'


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (document(SIZES.format(z=1), "<TiffData/>", head='<!DOCTYPE a [<!ENTITY b "c">]>'), BombRefused),
        (document(SIZES.format(z=4), "<TiffData/>"), TruncatedFile),
        (document(SIZES.format(z=2**40), "<TiffData/>"), CorruptFile),
        (document(SIZES.format(z=2**20), "<TiffData/>"), CorruptFile),
        (document(SIZES.format(z=-3), "<TiffData/>"), CorruptFile),
        (document(SIZES.format(z="many"), "<TiffData/>"), CorruptFile),
        (document(SIZES.format(z=1).replace("60", "61"), "<TiffData/>"), CorruptFile),
        (document(SIZES.format(z=1).replace("XYZCT", "XYZZT"), "<TiffData/>"), CorruptFile),
        (document(SIZES.format(z=1), '<TiffData IFD="0" PlaneCount="99"/>'), CorruptFile),
        (document(SIZES.format(z=1), '<TiffData IFD="0" FirstZ="7"/>'), CorruptFile),
        (document(SIZES.format(z=1), '<TiffData IFD="7"/>'), TruncatedFile),
        ("<OME><Image></OME>", CorruptFile),
        (f'<OME xmlns="{NAMESPACE}"></OME>', CorruptFile),
        (f'<OME xmlns="{NAMESPACE}"><BinaryOnly MetadataFile="gone.ome"/></OME>', MissingCompanion),
    ],
)
def test_hostile_metadata_are_refused_with_a_sentence(tmp_path: Path, text: str, error: type[Exception]) -> None:
    write_planes(tmp_path / "bad.ome.tif", [noise(60, 50)], text)
    with pytest.raises(error, match=r"\.$"):
        open_tiff(tmp_path / "bad.ome.tif")


def test_entity_bomb_does_not_unpack(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))
    text = document(SIZES.format(z=1), "<TiffData/>&e11;", head=f"<!DOCTYPE OME [{entities}]>")
    write_planes(tmp_path / "bomb.ome.tif", [noise(60, 50)], text)
    with pytest.raises(BombRefused):
        open_tiff(tmp_path / "bomb.ome.tif")
