"""The slide index: a slide's table of contents, parsed once and mapped when serving.

One small file: a JSON head, then aligned little-endian arrays (tile offsets, byte counts) that are
mapped read-only and never turned into Python lists. Loading it imports no decoder.
"""

import json
import mmap
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import CorruptFile
from coverslip.core.geometry import Region
from coverslip.imaging.pyramid import ServedLevel, served_levels
from coverslip.ports.format import (
    AssociatedInfo,
    ChannelInfo,
    Codec,
    ColourModel,
    Compression,
    LevelInfo,
    SlideInfo,
    StoredLevel,
    StoredTiles,
)

RENDER_EPOCH: int = 2
"""Raised whenever the bytes of made tiles change; part of every version."""

_MAGIC = b"CVSLIDX1"
_ALIGNMENT = 16
_TYPES = {"offset": "<u8", "length": "<u4", "file_no": "<u2"}


@dataclass(frozen=True, slots=True, eq=False)
class SlideIndex:
    """Everything that serving needs to know about one slide.

    Attributes
    ----------
    info : SlideInfo
    stored : StoredTiles or None
        Arrays of shape (t, z, c, rows, cols), mapped read-only when loaded from disk.
    levels : tuple of ServedLevel
        Coarsest first: ``levels[z]``.
    fingerprint : str
        Recognises the slide after a move.
    version : str
        16 hexadecimal digits; changes whenever a tile's bytes could.
    folder : str
        Absolute folder that ``info.files`` are relative to.
    source : str
        What was opened, relative to ``folder``; empty when it was the folder itself.
    file_sizes, file_mtimes_ns : tuple of int
        Parallel to ``info.files``, as they were when the index was built.
    auto_ranges : tuple of (float, float)
        For each channel, the 0.1 and 99.9 percentiles of a coarse level; empty for RGB slides.
    profile_name : str or None
        Description of the embedded ICC profile.
    managed : bool
        Whether that profile differs from sRGB, so that colours need managing.
    """

    info: SlideInfo
    stored: StoredTiles | None
    levels: tuple[ServedLevel, ...]
    fingerprint: str
    version: str
    folder: str
    file_sizes: tuple[int, ...]
    file_mtimes_ns: tuple[int, ...]
    source: str = ""
    auto_ranges: tuple[tuple[float, float], ...] = ()
    profile_name: str | None = None
    managed: bool = False

    @property
    def source_path(self) -> Path:
        """The file or folder that was opened."""
        return Path(self.folder, self.source) if self.source else Path(self.folder)

    def file_path(self, file_no: int) -> Path:
        """Return the absolute path of one of the slide's files."""
        return Path(self.folder, self.info.files[file_no])


def changed(index: SlideIndex, most: int | None = None) -> bool:
    """Whether a file of the slide vanished, or differs in size or modification time.

    Parameters
    ----------
    index : SlideIndex
    most : int or None
        How many files to look at, None for all of them.
    """
    known = zip(index.info.files[:most], index.file_sizes[:most], index.file_mtimes_ns[:most], strict=True)
    for name, size, mtime_ns in known:
        try:
            status = Path(index.folder, name).stat()
        except OSError:
            return True
        if status.st_size != size or status.st_mtime_ns != mtime_ns:
            return True
    return False


def write_index(index: SlideIndex, path: Path) -> None:
    """Write an index durably: a temporary file beside ``path``, synced, then renamed over it."""
    head, sections = _packed(index)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".index-", delete=False) as target:
        try:
            target.write(head)
            for section in sections:
                target.write(bytes(-target.tell() % _ALIGNMENT))
                target.write(section)
            target.flush()
            os.fsync(target.fileno())
            Path(target.name).replace(path)
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def load_index(path: Path) -> SlideIndex:
    """Map an index read-only.

    Raises
    ------
    CorruptFile
        The file is no index of this version of Coverslip; build it again.
    OSError
        The file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        if size < len(_MAGIC) + 8:
            raise CorruptFile("The slide's index is damaged; register the slide again.")
        mapped = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
    try:
        return _unpacked(mapped)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise CorruptFile("The slide's index is damaged; register the slide again.") from error


def body_of(info: SlideInfo, stored: StoredTiles | None) -> bytes:
    """Return the part of an index that decides what tiles look like, for the version: not the file names."""
    sections = _Sections()
    facts = {**_info_head(info, sections), "files": len(info.files)}
    head = {"info": facts, "stored": _stored_head(stored, sections)}
    return json.dumps(head, sort_keys=True).encode() + b"".join(sections.parts)


class _Sections:
    """Binary parts that follow the head; the head holds their positions."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.places: list[tuple[int, int]] = []
        self._end = 0

    def add(self, part: bytes) -> int | None:
        if not part:
            return None
        start = -(-self._end // _ALIGNMENT) * _ALIGNMENT
        self.parts.append(part)
        self.places.append((start, len(part)))
        self._end = start + len(part)
        return len(self.places) - 1


def _packed(index: SlideIndex) -> tuple[bytes, list[bytes]]:
    sections = _Sections()
    document: dict[str, Any] = {
        "info": _info_head(index.info, sections),
        "stored": _stored_head(index.stored, sections),
        "fingerprint": index.fingerprint,
        "version": index.version,
        "folder": index.folder,
        "source": index.source,
        "file_sizes": index.file_sizes,
        "file_mtimes_ns": index.file_mtimes_ns,
        "auto_ranges": index.auto_ranges,
        "profile_name": index.profile_name,
        "managed": index.managed,
        "sections": sections.places,
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    return _MAGIC + len(text).to_bytes(8, "little") + text, sections.parts


def _info_head(info: SlideInfo, sections: _Sections) -> dict[str, Any]:
    metadata = json.dumps(dict(info.metadata), separators=(",", ":"), sort_keys=True).encode()
    bounds = info.bounds
    return {
        "format": info.format,
        "levels": [[level.width, level.height, level.tile_width, level.tile_height] for level in info.levels],
        "dtype": info.dtype,
        "rgb": info.rgb,
        "channels": [[one.name, one.colour, one.emission_nm, one.excitation_nm] for one in info.channels],
        "files": info.files,
        "z_count": info.z_count,
        "t_count": info.t_count,
        "z_spacing_um": info.z_spacing_um,
        "mpp_x": info.mpp_x,
        "mpp_y": info.mpp_y,
        "objective": info.objective,
        "bit_depth": info.bit_depth,
        "vendor": info.vendor,
        "scanner": info.scanner,
        "scanned_at": info.scanned_at,
        "bounds": None if bounds is None else [bounds.x, bounds.y, bounds.width, bounds.height],
        "background": info.background,
        "associated": [[one.name, one.width, one.height] for one in info.associated],
        "icc_profile": sections.add(info.icc_profile or b""),
        "metadata": sections.add(metadata),
    }


def _stored_head(stored: StoredTiles | None, sections: _Sections) -> list[dict[str, Any]] | None:
    if stored is None:
        return None
    return [
        {
            "codec": _codec_head(level.codec, sections),
            "shape": level.offset.shape,
            "offset": sections.add(_little(level.offset, "offset")),
            "length": sections.add(_little(level.length, "length")),
            "file_no": None if level.file_no is None else sections.add(_little(level.file_no, "file_no")),
            "bottom_height": level.bottom_height,
        }
        for level in stored
    ]


def _little(array: np.ndarray[Any, Any], kind: str) -> bytes:
    return np.ascontiguousarray(array, dtype=_TYPES[kind]).tobytes()


def _codec_head(codec: Codec, sections: _Sections) -> dict[str, Any]:
    return {
        "compression": codec.compression.value,
        "colour": codec.colour.value,
        "samples": codec.samples,
        "dtype": codec.dtype,
        "predictor": codec.predictor,
        "fill_order": codec.fill_order,
        "tables": sections.add(codec.tables),
        "header": sections.add(codec.header),
        "palette": sections.add(codec.palette),
    }


def _unpacked(mapped: mmap.mmap) -> SlideIndex:
    if mapped[: len(_MAGIC)] != _MAGIC:
        raise ValueError("not an index")
    start = len(_MAGIC) + 8
    end = start + int.from_bytes(mapped[len(_MAGIC) : start], "little")
    head = json.loads(mapped[start:end])
    reader = _Reader(mapped, end + -end % _ALIGNMENT, head["sections"])
    info = _read_info(head["info"], reader)
    stored = _read_stored(head["stored"], reader)
    return SlideIndex(
        info=info,
        stored=stored,
        levels=served_levels(info, stored),
        fingerprint=head["fingerprint"],
        version=head["version"],
        folder=head["folder"],
        source=head["source"],
        file_sizes=tuple(head["file_sizes"]),
        file_mtimes_ns=tuple(head["file_mtimes_ns"]),
        auto_ranges=tuple((low, high) for low, high in head["auto_ranges"]),
        profile_name=head["profile_name"],
        managed=head["managed"],
    )


class _Reader:
    def __init__(self, mapped: mmap.mmap, base: int, places: list[list[int]]) -> None:
        self._mapped = mapped
        self._base = base
        self._places = places

    def bytes(self, number: int | None) -> bytes:
        if number is None:
            return b""
        start, length = self._places[number]
        return self._mapped[self._base + start : self._base + start + length]

    def array(self, number: int | None, kind: str, shape: list[int]) -> np.ndarray[Any, Any]:
        if number is None:
            return np.zeros(shape, _TYPES[kind])
        start, length = self._places[number]
        flat = np.frombuffer(self._mapped, np.uint8, length, self._base + start)
        return flat.view(_TYPES[kind]).reshape(shape)


class _LazyText(Mapping[str, str]):
    """Metadata that is parsed only when somebody looks: OME-XML may be megabytes."""

    def __init__(self, reader: _Reader, number: int | None) -> None:
        self._reader = reader
        self._number = number
        self._values: dict[str, str] | None = None

    def _parsed(self) -> dict[str, str]:
        if self._values is None:
            self._values = json.loads(self._reader.bytes(self._number) or b"{}")
        return self._values

    def __getitem__(self, key: str) -> str:
        return self._parsed()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __len__(self) -> int:
        return len(self._parsed())


def _read_info(head: dict[str, Any], reader: _Reader) -> SlideInfo:
    values = dict(head)
    values["levels"] = tuple(LevelInfo(*level) for level in head["levels"])
    values["channels"] = tuple(ChannelInfo(*channel) for channel in head["channels"])
    values["associated"] = tuple(AssociatedInfo(*image) for image in head["associated"])
    values["files"] = tuple(head["files"])
    values["background"] = tuple(head["background"])
    values["bounds"] = None if head["bounds"] is None else Region(*head["bounds"])
    values["icc_profile"] = reader.bytes(head["icc_profile"]) or None
    values["metadata"] = _LazyText(reader, head["metadata"])
    return SlideInfo(**values)


def _read_stored(head: list[dict[str, Any]] | None, reader: _Reader) -> StoredTiles | None:
    if head is None:
        return None
    return tuple(
        StoredLevel(
            codec=_read_codec(level["codec"], reader),
            offset=reader.array(level["offset"], "offset", level["shape"]),
            length=reader.array(level["length"], "length", level["shape"]),
            file_no=None if level["file_no"] is None else reader.array(level["file_no"], "file_no", level["shape"]),
            bottom_height=level["bottom_height"],
        )
        for level in head
    )


def _read_codec(head: dict[str, Any], reader: _Reader) -> Codec:
    values = dict(head)
    values["compression"] = Compression(head["compression"])
    values["colour"] = ColourModel(head["colour"])
    for name in ("tables", "header", "palette"):
        values[name] = reader.bytes(head[name])
    return Codec(**values)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
