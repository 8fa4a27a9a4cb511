"""Zeiss CZI by libCZI (the extra ``czi``).

Of the libraries tried on real files, libCZI is the one that places overlapping tiles and reads all
channels as Zeiss does; its colours come in the order blue, green, red and are turned here.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import (
    CorruptFile,
    FileNotFound,
    NotFound,
    PermissionRefused,
    SlideUnreadable,
    TileUnreadable,
    UnsupportedFormat,
)
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.czi_attachments import Attachment, find_attachments, picture
from coverslip.imaging.formats.czi_metadata import CziFacts, read_facts
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

_MAGIC = b"ZISRAWFILE"
_TYPES = {
    "Gray8": ("uint8", 1),
    "Gray16": ("uint16", 1),
    "Gray32Float": ("float32", 1),
    "Bgr24": ("uint8", 3),
    "Bgr48": ("uint16", 3),
    "Bgr96Float": ("float32", 3),
}
_RGB = (ChannelInfo("Red", "#ff0000"), ChannelInfo("Green", "#00ff00"), ChannelInfo("Blue", "#0000ff"))
_MAX_SUBBLOCKS = 5_000_000
_MAX_PLANES = 100_000


class CziFormat:
    """Reads Zeiss CZI: all scenes of a file in their places are one slide."""

    name = "czi"
    suffixes = (".czi",)
    tier = Tier.SILVER

    def reader(self) -> str:
        """Name the library that reads it."""
        return library("pylibCZIrw", extra="czi", what="Zeiss CZI")

    def probe(self, peek: Peek) -> Confidence:
        """Certain of Zeiss's first bytes."""
        return Confidence.CERTAIN if peek.head.startswith(_MAGIC) else Confidence.NONE

    def open(self, path: Path) -> "CziSlide":
        """Open a CZI.

        Raises
        ------
        UnsupportedFormat
            The extra ``czi`` is not installed, or the pixels are of an unknown type.
        CorruptFile
            libCZI cannot open it.
        """
        try:
            from pylibCZIrw import czi
        except ImportError as error:
            raise UnsupportedFormat(
                "Zeiss CZI needs the extra 'czi'; install it with: pip install 'coverslip[czi]'."
            ) from error
        if not path.exists():
            raise FileNotFound
        if not os.access(path, os.R_OK):
            raise PermissionRefused
        with contextlib.ExitStack() as stack:
            try:
                document = stack.enter_context(czi.open_czi(str(path)))
                return CziSlide(path, document, stack.pop_all())
            except SlideUnreadable:
                raise
            except Exception as error:
                # libCZI raises plain RuntimeErrors for whatever it finds.
                raise CorruptFile("The file is damaged: libCZI cannot open it.") from error


class CziSlide:
    """An open CZI.

    Parameters
    ----------
    path : pathlib.Path
    document : pylibCZIrw.czi.CziReader
    stack : contextlib.ExitStack
        Closes the document.
    """

    def __init__(self, path: Path, document: Any, stack: contextlib.ExitStack) -> None:
        self._path = path
        self._document = document
        self._stack = stack
        try:
            self._box = document.total_bounding_rectangle_no_pyramid
            self._starts, self._counts = _dimensions(document)
            self._types = [_pixel_type(document, channel) for channel in range(self._counts["C"])]
            self._factors = _factors(document, self._box)
            self._attachments = _decodable(path, find_attachments(path))
            self._info = self._describe(read_facts(document.raw_metadata))
        except BaseException:
            stack.close()
            raise

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: tiles of a CZI overlap and lie anywhere."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one level; only the channels asked for are read."""
        samples = [(channel, sample) for channel, (_, depth) in enumerate(self._types) for sample in range(depth)]
        wanted = range(len(samples)) if channels is None or self._info.rgb else channels
        out = np.empty((region.height, region.width, len(wanted)), self._info.dtype)
        decoded: dict[int, Pixels] = {}
        for position, number in enumerate(wanted):
            channel, sample = samples[number]
            if channel not in decoded:
                decoded = {channel: self._plane(region, level, plane, channel)}
            pixels = decoded[channel]
            out[:, :, position] = pixels[:, :, pixels.shape[2] - 1 - sample]
        return out

    def associated(self, name: str) -> Pixels:
        """Return the attached ``thumbnail``, ``label`` or ``macro`` as RGB."""
        if name not in self._attachments:
            raise NotFound
        return picture(self._path, self._attachments[name][0])

    def close(self) -> None:
        """Release the file; harmless when called twice."""
        self._stack.close()

    def _plane(self, region: Region, level: int, plane: Plane, channel: int) -> Pixels:
        factor = self._factors[level]
        at = {"C": channel, "Z": plane.z, "T": plane.t}
        coordinates = {axis: self._starts[axis] + at[axis] for axis in at if axis in self._starts}
        roi = (
            self._box.x + region.x * factor,
            self._box.y + region.y * factor,
            region.width * factor,
            region.height * factor,
        )
        white = (1.0, 1.0, 1.0) if self._info.rgb else (0.0, 0.0, 0.0)
        try:
            pixels: Pixels = self._document.read(roi=roi, plane=coordinates, zoom=1 / factor, background_pixel=white)
        except Exception as error:
            # libCZI raises plain RuntimeErrors for whatever it finds.
            raise TileUnreadable from error
        if pixels.shape[:2] != (region.height, region.width):
            raise TileUnreadable
        return pixels

    def _describe(self, facts: CziFacts) -> SlideInfo:
        dtype = np.result_type(*(name for name, _ in self._types)).name
        rgb = self._types == [("uint8", 3)]
        bits = facts.bit_depth
        return SlideInfo(
            format=CziFormat.name,
            levels=tuple(_level(self._box.w // factor, self._box.h // factor) for factor in self._factors),
            dtype=dtype,
            rgb=rgb,
            channels=_RGB if rgb else tuple(_channels(facts, self._types)),
            files=(self._path.name,),
            z_count=self._counts["Z"],
            t_count=self._counts["T"],
            z_spacing_um=facts.z_spacing_um if self._counts["Z"] > 1 else None,
            mpp_x=facts.mpp_x,
            mpp_y=facts.mpp_y,
            objective=facts.objective,
            bit_depth=bits if bits and dtype == "uint16" and 8 < bits < 16 else None,
            vendor="Zeiss",
            scanner=facts.scanner,
            scanned_at=facts.scanned_at,
            background=(255, 255, 255) if rgb else (0, 0, 0),
            associated=tuple(AssociatedInfo(name, *size) for name, (_, size) in self._attachments.items()),
            metadata=facts.metadata,
        )


def _dimensions(document: Any) -> tuple[dict[str, int], dict[str, int]]:
    box = document.total_bounding_box_no_pyramid
    starts = {axis: int(box[axis][0]) for axis in "CZT" if axis in box}
    counts = {axis: int(box[axis][1] - box[axis][0]) if axis in box else 1 for axis in "CZT"}
    if any(not 0 < count <= _MAX_PLANES for count in counts.values()):
        raise CorruptFile("The file is damaged: it declares no planes, or more than any slide has.")
    return starts, counts


def _pixel_type(document: Any, channel: int) -> tuple[str, int]:
    name = document.get_channel_pixel_type(channel)
    if name not in _TYPES:
        raise UnsupportedFormat(f"The CZI holds pixels of the type {name}, which Coverslip does not read.")
    return _TYPES[name]


def _factors(document: Any, box: Any) -> tuple[int, ...]:
    """Return the downsample of level 0 and of every stored pyramid layer."""
    check_size(box.w, box.h)
    found = {1}
    visited = 0

    def visit(_: int, block: Any) -> bool:
        nonlocal visited
        visited += 1
        zoom = block.get_zoom()
        if 0 < zoom < 1:
            found.add(round(1 / zoom))
        return visited < _MAX_SUBBLOCKS

    document.enumerate_subblocks(visit)
    return tuple(factor for factor in sorted(found) if box.w // factor > 0 and box.h // factor > 0)


def _level(width: int, height: int) -> LevelInfo:
    check_size(width, height)
    return LevelInfo(width, height, width, height)


def _channels(facts: CziFacts, types: Sequence[tuple[str, int]]) -> list[ChannelInfo]:
    found: list[ChannelInfo] = []
    for number, (_, samples) in enumerate(types):
        known = (
            facts.channels[number] if number < len(facts.channels) else ChannelInfo(f"Channel {number + 1}", "#ffffff")
        )
        if samples == 1:
            found.append(known)
        else:
            found.extend(ChannelInfo(f"{known.name} {part.name.lower()}", part.colour) for part in _RGB)
    return found


def _decodable(path: Path, attachments: dict[str, Attachment]) -> dict[str, tuple[Attachment, tuple[int, int]]]:
    """Return the attachments that can be shown, with their sizes."""
    found: dict[str, tuple[Attachment, tuple[int, int]]] = {}
    for name, attachment in sorted(attachments.items()):
        with contextlib.suppress(TileUnreadable):
            height, width = picture(path, attachment).shape[:2]
            found[name] = (attachment, (width, height))
    return found
