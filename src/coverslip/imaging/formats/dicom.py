"""DICOM VL Whole Slide Microscopy: all files of one series in one folder are one slide."""

import os
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from coverslip.core.errors import (
    CorruptFile,
    FileNotFound,
    NotFound,
    PermissionRefused,
    SlideUnreadable,
    UnsupportedFormat,
)
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats import dicom_info
from coverslip.imaging.formats.dicom_header import series_of
from coverslip.imaging.formats.dicom_instance import Instance, Kind, read_instance, text
from coverslip.imaging.formats.dicom_levels import Level, build_level, depths_of, optical_paths
from coverslip.imaging.formats.tiff_ifd import ByteSource
from coverslip.imaging.stored import OpenFiles, TileReader, TileSpan
from coverslip.ports.format import (
    AssociatedInfo,
    Confidence,
    Peek,
    Pixels,
    SlideInfo,
    StoredTiles,
    Tier,
)

MAX_FILES = 4096
"""Files of a folder that are looked at when the series of a slide is gathered."""


class DicomFormat:
    """Reads a series of VL Whole Slide Microscopy files, by any of them or by their folder."""

    name = "dicom"
    suffixes = (".dcm", ".dicom")
    tier = Tier.GOLD

    def probe(self, peek: Peek) -> Confidence:
        """Files have ``DICM`` at byte 128 (with or without suffix); folders hold such a file."""
        if peek.is_dir:
            return Confidence.FAIR if _has_dicom(peek.path) else Confidence.NONE
        return Confidence.CERTAIN if peek.head[128:132] == b"DICM" else Confidence.NONE

    def open(self, path: Path) -> "DicomSlide":
        """Open the slide that a file belongs to, or that a folder holds.

        Raises
        ------
        BombRefused
            The file uses the deflated transfer syntax.
        MissingAttribute
            An attribute without which no pixel can be placed is absent; the message names it.
        UnsupportedFormat
            The file shows no whole slide, or the folder holds several.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of every value that its standard dislikes
            try:
                instances = _gather(path)
                return DicomSlide(path if path.is_dir() else path.parent, instances)
            except (AttributeError, ValueError, TypeError, KeyError, IndexError, NotImplementedError) as error:
                # Values are converted when first used, so a damaged one may surface anywhere above.
                raise CorruptFile("The file is damaged: its DICOM attributes make no sense.") from error


def _has_dicom(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= 64:
                    return False
                if entry.is_file() and _starts_like_dicom(Path(entry.path)):
                    return True
    except OSError:
        return False
    return False


def _starts_like_dicom(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.pread(descriptor, 4, 128) == b"DICM"
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _gather(path: Path) -> list[Instance]:
    """Read all files of the series; the file that was asked for (or the finest level) comes first."""
    if not path.is_dir():
        chosen = read_instance(path)
        if chosen is None:
            raise UnsupportedFormat("This DICOM file holds no whole slide image.")
        series = text(chosen.dataset, "SeriesInstanceUID")
        return [chosen, *_siblings(path.parent, series, path)] if series else [chosen]
    by_series = _series_in(path)
    if len(by_series) != 1:
        raise UnsupportedFormat(
            "This folder holds several DICOM slides; open one of their files."
            if by_series
            else "This folder holds no DICOM slide."
        )
    found = [instance for member in next(iter(by_series.values())) if (instance := read_instance(member))]
    if not found:
        raise UnsupportedFormat("This folder holds no whole slide image.")
    return sorted(found, key=lambda one: (one.kind is not Kind.VOLUME, -one.width, one.path.name))


def _siblings(folder: Path, series: str, path: Path) -> list[Instance]:
    members = _series_in(folder).get(series, [])
    return [instance for member in members if member.name != path.name and (instance := read_instance(member))]


def _series_in(folder: Path) -> dict[str, list[Path]]:
    try:
        with os.scandir(folder) as entries:
            files = sorted((entry.name, entry.stat()) for entry in entries if entry.is_file())[:MAX_FILES]
    except FileNotFoundError:
        raise FileNotFound from None
    except PermissionError:
        raise PermissionRefused from None
    found: dict[str, list[Path]] = {}
    for name, status in files:
        series = _series_of(folder / name, status.st_size, status.st_mtime_ns)
        if series:
            found.setdefault(series, []).append(folder / name)
    return found


@lru_cache(maxsize=16384)
def _series_of(path: Path, size: int, mtime_ns: int) -> str | None:
    """Return a file's series; remembered, since every slide of a full folder asks for all of its files."""
    del mtime_ns  # with the size it is part of what is remembered
    if size < 132 or not _starts_like_dicom(path):
        return None
    try:
        source = ByteSource(path)
    except SlideUnreadable:
        return None
    try:
        return series_of(source)
    except SlideUnreadable:
        return None
    finally:
        source.close()


class DicomSlide:
    """An open series.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files lie.
    instances : list of Instance
        All files of the series.
    """

    def __init__(self, folder: Path, instances: list[Instance]) -> None:
        numbers = {instance.path.name: number for number, instance in enumerate(instances)}
        volumes = [instance for instance in instances if instance.kind is Kind.VOLUME]
        if not volumes:
            raise UnsupportedFormat("This DICOM series holds no whole slide image, only its label or overview.")
        self._levels = _pyramid(volumes, numbers)
        self._associated = _associated(instances, numbers)
        self._info = _info(self._levels, self._associated, tuple(numbers))
        self._stored = tuple(level.stored for level in self._levels)
        self._parts = _split_frames(instances, numbers)
        self._files = _FrameFiles(folder, self._info.files, self._parts)
        self._reader = TileReader(self._info, self._stored, self._files)

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return the places of all frames; None when frames are split into several fragments."""
        return None if self._parts else self._stored

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one level."""
        return self._reader.read(region, level, plane, channels)

    def associated(self, name: str) -> Pixels:
        """Return ``label``, ``macro``, ``localizer`` or ``thumbnail`` as RGB."""
        level = self._associated.get(name)
        if level is None:
            raise NotFound
        info = _pixels_info((level,), self._info.files)
        size = level.info
        pixels = TileReader(info, (level.stored,), self._files).read(
            Region(0, 0, size.width, size.height), 0, Plane(), None if info.rgb else (0,)
        )
        if pixels.dtype != np.uint8:
            pixels = (pixels >> 8).astype(np.uint8)
        return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels

    def close(self) -> None:
        """Release the files; harmless when called twice."""
        self._reader.close()


class _FrameFiles(OpenFiles):
    """Open files that join the fragments of a frame."""

    def __init__(self, folder: Path, files: Sequence[str], parts: "_Parts") -> None:
        super().__init__(folder, files)
        self._parts = parts

    def read(self, place: TileSpan) -> bytes:
        """Return the bytes of one frame, without the headers between its fragments."""
        parts = self._parts.get((place.file_no, place.offset))
        if parts is None:
            return super().read(place)
        return b"".join(super(_FrameFiles, self).read(TileSpan(place.file_no, *part)) for part in parts)


_Parts = dict[tuple[int, int], tuple[tuple[int, int], ...]]


def _split_frames(instances: Sequence[Instance], numbers: dict[str, int]) -> _Parts:
    return {
        (numbers[instance.path.name], parts[0][0]): parts
        for instance in instances
        for parts in instance.frames.parts
        if len(parts) > 1
    }


def _pyramid(volumes: Sequence[Instance], files: dict[str, int]) -> tuple[Level, ...]:
    by_size: dict[tuple[int, int], list[Instance]] = {}
    for instance in volumes:
        by_size.setdefault((instance.width, instance.height), []).append(instance)
    sizes = sorted(by_size, reverse=True)
    finest = by_size[sizes[0]]
    paths = optical_paths(finest)
    depths = sorted({round(depth, 6) for instance in finest for depth in depths_of(instance)})
    levels: list[Level] = []
    for size in sizes:
        members = by_size[size]
        if not _same_shape(sizes[0], size) or members[0].codec.samples != finest[0].codec.samples:
            continue  # another image of the same series, not a reduced copy of this one
        if set(optical_paths(members)) - set(paths):
            continue
        level = build_level(members, paths, depths, files, sparse=size == sizes[0])
        if level is not None:
            levels.append(level)
    return tuple(levels)


def _same_shape(full: tuple[int, int], size: tuple[int, int]) -> bool:
    factor = max(full[0] / size[0], full[1] / size[1])
    return abs(size[0] - full[0] / factor) <= 2 and abs(size[1] - full[1] / factor) <= 2


def _associated(instances: Sequence[Instance], files: dict[str, int]) -> dict[str, Level]:
    found: dict[str, Level] = {}
    for instance in instances:
        if instance.kind is not Kind.VOLUME and instance.kind.value not in found:
            level = build_level([instance], optical_paths([instance]), depths_of(instance), files, sparse=True)
            if level is not None:
                found[instance.kind.value] = level
    if Kind.LOCALIZER.value in found and Kind.OVERVIEW.value not in found:
        found[Kind.OVERVIEW.value] = found.pop(Kind.LOCALIZER.value)
    return dict(sorted(found.items()))


def _pixels_info(levels: Sequence[Level], files: tuple[str, ...]) -> SlideInfo:
    """Return what reading pixels needs."""
    finest = levels[0].instances[0]
    dtype = np.dtype(finest.codec.dtype).newbyteorder("=").name
    colour = finest.codec.samples == 3 or finest.planar or bool(finest.codec.palette)
    rgb = colour and dtype == "uint8"
    white = rgb or dicom_info.is_brightfield(finest)
    return SlideInfo(
        format=DicomFormat.name,
        levels=tuple(level.info for level in levels),
        dtype=dtype,
        rgb=rgb,
        channels=dicom_info.channels(finest, optical_paths(levels[0].instances), colour=colour),
        files=files,
        z_count=levels[0].stored.offset.shape[1],
        background=(255, 255, 255) if white else (0, 0, 0),
    )


def _info(levels: Sequence[Level], associated: dict[str, Level], files: tuple[str, ...]) -> SlideInfo:
    finest = levels[0].instances[0]
    info = _pixels_info(levels, files)
    mpp_x, mpp_y = dicom_info.pixel_size_um(finest)
    depths = sorted({depth for one in levels[0].instances for depth in depths_of(one)})
    bits = dicom_info.bits_stored(finest)
    return replace(
        info,
        z_spacing_um=round((depths[1] - depths[0]) * 1000, 6) if len(depths) > 1 else None,
        mpp_x=mpp_x,
        mpp_y=mpp_y,
        objective=dicom_info.objective(finest),
        bit_depth=bits if bits < 8 * np.dtype(info.dtype).itemsize else None,
        vendor=text(finest.dataset, "Manufacturer") or None,
        scanner=text(finest.dataset, "ManufacturerModelName") or None,
        scanned_at=dicom_info.scanned_at(finest),
        icc_profile=dicom_info.icc_profile(finest) if info.rgb else None,
        associated=tuple(AssociatedInfo(name, one.info.width, one.info.height) for name, one in associated.items()),
        metadata=dicom_info.metadata(finest),
    )
