"""What OpenSlide 4 reads: MRXS, SCN, BIF, VMS, VMU, Philips, Trestle, Sakura, and the rest as a last resort."""

import configparser
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import CorruptFile, MissingCompanion, NotFound, TileUnreadable, UnsupportedFormat
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.library import library
from coverslip.imaging.formats.limits import check_size
from coverslip.ports.format import (
    AssociatedInfo,
    ChannelInfo,
    Confidence,
    LevelInfo,
    Peek,
    Pixels,
    SlideInfo,
    StoredTiles,
    Tier,
)

_OWN_SUFFIXES = (".mrxs", ".scn", ".bif", ".vms", ".vmu", ".svslide")
_OTHER_SUFFIXES = (".svs", ".tif", ".tiff", ".ndpi", ".dcm", ".czi")
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_VENDOR_MARKS = (b"DPUfsImport", b"<iScan", b"MedScan", b"http://www.leica-microsystems.com/scn")
_BLOCK_PX = 512
_MAX_PROPERTY = 4096
_MAX_PROPERTIES = 4000
_SCANNER_KEYS = (
    "leica.device-model",
    "ventana.ScannerModel",
    "philips.DICOM_MANUFACTURERS_MODEL_NAME",
    "hamamatsu.Product",
    "mirax.GENERAL.SCANNER_HARDWARE_VERSION",
    "dicom.ManufacturerModelName",
)
_DATE_KEYS = {
    "leica.creation-date": "%Y-%m-%dT%H:%M:%S",
    "mirax.GENERAL.SLIDE_CREATIONDATETIME": "%d/%m/%Y %H:%M:%S",
    "philips.DICOM_ACQUISITION_DATETIME": "%Y%m%d%H%M%S",
    "dicom.AcquisitionDateTime": "%Y%m%d%H%M%S",
    "tiff.DateTime": "%Y:%m:%d %H:%M:%S",
}
_RGB = (ChannelInfo("Red", "#ff0000"), ChannelInfo("Green", "#00ff00"), ChannelInfo("Blue", "#0000ff"))


class OpenSlideFormat:
    """Reads by OpenSlide what no format of our own reads."""

    name = "openslide"
    suffixes = _OWN_SUFFIXES
    tier = Tier.SILVER

    def reader(self) -> str:
        """Name the library that reads it."""
        return library("openslide-bin", what="OpenSlide")

    def probe(self, peek: Peek) -> Confidence:
        """Certain of the vendors that only OpenSlide reads, weak on files that other formats know."""
        suffix = peek.path.suffix.lower()
        if peek.is_dir:
            return Confidence.NONE
        if suffix in _OWN_SUFFIXES:
            if _looks_right(suffix, peek.head):
                return Confidence.CERTAIN
            return Confidence.GOOD if suffix == ".mrxs" else Confidence.WEAK  # the slide is the folder beside it
        if peek.head.startswith(_TIFF_STARTS) and any(mark in peek.head for mark in _VENDOR_MARKS):
            return Confidence.CERTAIN
        return Confidence.WEAK if suffix in _OTHER_SUFFIXES else Confidence.NONE

    def open(self, path: Path) -> "OpenSlideSlide":
        """Open a slide.

        Raises
        ------
        MissingCompanion
            The folder or the files that belong to the slide are absent.
        UnsupportedFormat
            OpenSlide does not know the file.
        CorruptFile
            OpenSlide knows it and cannot open it.
        """
        import openslide

        files = _files(path)
        try:
            return OpenSlideSlide(openslide.OpenSlide(path), files)
        except openslide.OpenSlideUnsupportedFormatError as error:
            raise UnsupportedFormat from error
        except openslide.OpenSlideError as error:
            raise CorruptFile(f"The file is damaged: {_sentence(error, path)}.") from error


def _looks_right(suffix: str, head: bytes) -> bool:
    if suffix == ".mrxs":
        return head.startswith(b"\xff\xd8\xff")  # its thumbnail
    if suffix in (".vms", ".vmu"):
        return b"Virtual Microscope Specimen" in head or b"Uncompressed" in head
    if suffix == ".svslide":
        return head.startswith(b"SQLite format 3\0")
    return head.startswith(_TIFF_STARTS)


def _sentence(error: Exception, path: Path) -> str:
    """Return what OpenSlide says, without the folders of this server."""
    words = str(error).replace(str(path.parent) + os.sep, "")
    words = re.sub(r"(/[^\s/:]+)+/", "", words)
    return words.splitlines()[0].rstrip(". ") if words else "OpenSlide cannot open it"


def _files(path: Path) -> tuple[str, ...]:
    """Return all files of a slide, the given one first.

    Raises
    ------
    MissingCompanion
    """
    suffix = path.suffix.lower()
    if suffix == ".mrxs":
        return (path.name, *_mirax_files(path))
    if suffix in (".vms", ".vmu"):
        return (path.name, *_hamamatsu_files(path))
    return (path.name,)


def _mirax_files(path: Path) -> tuple[str, ...]:
    folder = path.with_suffix("")
    if not (folder / "Slidedat.ini").is_file():
        raise MissingCompanion(f"The folder {folder.name!r} that belongs to this MRXS slide is missing.")
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file())
    return tuple(f"{folder.name}/{name}" for name in names)


def _hamamatsu_files(path: Path) -> tuple[str, ...]:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case of keys
    try:
        parser.read_string(path.read_bytes()[: 1 << 20].decode("latin-1"))
    except configparser.Error as error:
        raise CorruptFile("The file is damaged: its list of images makes no sense.") from error
    names: dict[str, None] = {}
    for section in parser.sections():
        for key, value in parser.items(section):
            if key.startswith(("ImageFile", "MapFile", "OptimisationFile", "MacroImage")) and value.strip():
                names.setdefault(Path(value.replace("\\", "/")).name)
    missing = [name for name in names if not (path.parent / name).is_file()]
    if missing:
        raise MissingCompanion(f"The file {missing[0]!r} that belongs to this slide is missing.")
    return tuple(names)


class OpenSlideSlide:
    """An open slide.

    Parameters
    ----------
    slide : openslide.OpenSlide
    files : tuple of str
        All files of the slide.
    """

    def __init__(self, slide: Any, files: tuple[str, ...]) -> None:
        self._slide: Any = slide
        try:
            self._info = _info(slide, files)
        except BaseException:
            slide.close()
            raise

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: only OpenSlide knows where the tiles lie."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one level; partly transparent pixels lie on the slide's background."""
        del plane, channels
        if float(self._slide.level_downsamples[level]).is_integer():
            return self._block(region, level)
        # OpenSlide is asked in level-0 pixels, so between whole factors it interpolates, differently for
        # each corner. Blocks of a fixed grid make a pixel the same whichever region it is read through.
        out = np.empty((region.height, region.width, 3), np.uint8)
        size = self._info.levels[level]
        for top in range(region.y - region.y % _BLOCK_PX, region.y + region.height, _BLOCK_PX):
            for left in range(region.x - region.x % _BLOCK_PX, region.x + region.width, _BLOCK_PX):
                width, height = min(_BLOCK_PX, size.width - left), min(_BLOCK_PX, size.height - top)
                block = self._block(Region(left, top, width, height), level)
                x0, y0 = max(left, region.x), max(top, region.y)
                x1, y1 = min(left + width, region.x + region.width), min(top + height, region.y + region.height)
                target = out[y0 - region.y : y1 - region.y, x0 - region.x : x1 - region.x]
                target[...] = block[y0 - top : y1 - top, x0 - left : x1 - left]
        return out

    def _block(self, region: Region, level: int) -> Pixels:
        import openslide

        downsample = self._slide.level_downsamples[level]
        corner = (round(region.x * downsample), round(region.y * downsample))
        try:
            image = self._slide.read_region(corner, level, (region.width, region.height))
        except openslide.OpenSlideError as error:
            # A handle of OpenSlide stays broken after its first error.
            raise TileUnreadable from error
        return _on_background(image, self._info.background)

    def associated(self, name: str) -> Pixels:
        """Return an associated image as RGB on white."""
        import openslide

        try:
            return _on_background(self._slide.associated_images[name], (255, 255, 255))
        except KeyError:
            raise NotFound from None
        except openslide.OpenSlideError as error:
            raise TileUnreadable from error

    def close(self) -> None:
        """Release the files; harmless when called twice."""
        slide, self._slide = self._slide, None
        if slide is not None:
            slide.close()


def _on_background(image: Any, background: tuple[int, int, int]) -> Pixels:
    rgba = np.asarray(image)
    colour, alpha = rgba[:, :, :3], rgba[:, :, 3:]
    if bool((alpha == 255).all()):
        return np.ascontiguousarray(colour)
    share = alpha.astype(np.uint16)
    mixed = colour * share + np.asarray(background, np.uint16) * (255 - share)
    return ((mixed + 127) // 255).astype(np.uint8)


def _info(slide: Any, files: tuple[str, ...]) -> SlideInfo:
    properties: Mapping[str, str] = slide.properties
    levels = tuple(_levels(slide))
    icc = slide.read_region((0, 0), slide.level_count - 1, (1, 1)).info.get("icc_profile")
    return SlideInfo(
        format=OpenSlideFormat.name,
        levels=levels,
        dtype="uint8",
        rgb=True,
        channels=_RGB,
        files=files,
        mpp_x=_positive(properties.get("openslide.mpp-x")),
        mpp_y=_positive(properties.get("openslide.mpp-y")),
        objective=_positive(properties.get("openslide.objective-power")),
        vendor=properties.get("openslide.vendor"),
        scanner=next((properties[key].strip() for key in _SCANNER_KEYS if properties.get(key, "").strip()), None),
        scanned_at=_scanned_at(properties),
        icc_profile=icc or None,
        bounds=_bounds(properties, levels[0]),
        background=_background(properties.get("openslide.background-color")),
        associated=tuple(_associated(slide)),
        metadata={
            key: str(value)[:_MAX_PROPERTY]
            for key, value in sorted(properties.items())[:_MAX_PROPERTIES]
            if value is not None
        },
    )


def _levels(slide: Any) -> Iterator[LevelInfo]:
    for number, (width, height) in enumerate(slide.level_dimensions):
        check_size(width, height)
        tile_width = _positive(slide.properties.get(f"openslide.level[{number}].tile-width"))
        tile_height = _positive(slide.properties.get(f"openslide.level[{number}].tile-height"))
        yield LevelInfo(width, height, int(tile_width or width), int(tile_height or height))


def _associated(slide: Any) -> Iterator[AssociatedInfo]:
    for name in sorted(slide.associated_images):
        width = _positive(slide.properties.get(f"openslide.associated.{name}.width"))
        height = _positive(slide.properties.get(f"openslide.associated.{name}.height"))
        if width and height and width * height <= 100_000_000:
            yield AssociatedInfo(name, int(width), int(height))


def _positive(value: str | None) -> float | None:
    try:
        number = float(value or 0)
    except ValueError:
        return None
    return number if 0 < number < 1e9 else None


def _bounds(properties: Mapping[str, str], full: LevelInfo) -> Region | None:
    try:
        x, y, width, height = (int(properties[f"openslide.bounds-{key}"]) for key in ("x", "y", "width", "height"))
    except (KeyError, ValueError):
        return None
    inside = 0 <= x < full.width and 0 <= y < full.height and width > 0 and height > 0
    return Region(x, y, min(width, full.width - x), min(height, full.height - y)) if inside else None


def _background(value: str | None) -> tuple[int, int, int]:
    if value is None or not re.fullmatch(r"[0-9a-fA-F]{6}", value):
        return (255, 255, 255)
    return int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)


def _scanned_at(properties: Mapping[str, str]) -> str | None:
    for key, pattern in _DATE_KEYS.items():
        value = properties.get(key, "").strip()
        shape = re.match(r"[\d/:\-. T]+", value)
        if shape is None:
            continue
        try:
            text = shape.group().split(".")[0].strip()
            return datetime.strptime(text, pattern).isoformat()  # noqa: DTZ007 - scanners write local time without a zone
        except ValueError:
            continue
    return None
