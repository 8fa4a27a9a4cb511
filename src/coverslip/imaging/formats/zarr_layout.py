"""What the metadata of an OME-Zarr says, checked before any array is opened.

Versions 0.1 to 0.5 (Zarr 2 and 3, sharded too) and the layout of bioformats2raw. Paths that leave
the folder, codecs that run code and sizes that no slide has are refused here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from coverslip.core.errors import (
    CorruptFile,
    DimensionsRefused,
    MissingCompanion,
    UnsupportedCompression,
    UnsupportedFormat,
)
from coverslip.imaging.formats.limits import check_size, check_tile

MAX_METADATA_BYTES = 32 * 1024 * 1024
MAX_LEVELS = 64
MAX_PLANES = 1_000_000
MAX_CHANNELS = 4096
_AXES = "tczyx"
_OLD_AXES = ("t", "c", "z", "y", "x")
_TYPES = {"channel": "c", "time": "t"}
_CODECS_2 = {"blosc", "zlib", "gzip", "bz2", "lz4", "zstd", "lzma", "delta", "shuffle"}
_CODECS_3 = {"bytes", "transpose", "blosc", "gzip", "zstd", "crc32c", "sharding_indexed"} | {
    f"numcodecs.{name}" for name in _CODECS_2
}
_DTYPES = {"bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "float16", "float32", "float64"}
_UM = {
    "angstrom": 1e-4,
    "nanometer": 1e-3,
    "micrometer": 1.0,
    "micron": 1.0,
    "um": 1.0,
    "µm": 1.0,
    "nm": 1e-3,
    "millimeter": 1e3,
    "mm": 1e3,
    "centimeter": 1e4,
    "meter": 1e6,
}


@dataclass(frozen=True, slots=True)
class ArrayLayout:
    """One level.

    Attributes
    ----------
    path : str
        Relative to the root of the store.
    zarr_format : int
        2 or 3.
    shape, chunks : tuple of int
        In the order of ``axes``; ``chunks`` are the inner ones of a sharded array.
    dtype : str
        numpy name in native byte order.
    scale : tuple of float
        Physical size of a pixel along each axis, 1 where not stated.
    """

    path: str
    zarr_format: int
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: str
    scale: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ImageLayout:
    """One multiscale image.

    Attributes
    ----------
    axes : str
        Letters of ``tczyx`` in the order of the arrays' dimensions.
    units_um : mapping
        Micrometres in a unit, for the spatial axes that state one.
    levels : tuple of ArrayLayout
        Finest first.
    omero : mapping
        The rendering settings, or empty.
    attributes : mapping
        Everything that the group says about itself.
    """

    axes: str
    units_um: Mapping[str, float]
    levels: tuple[ArrayLayout, ...]
    omero: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def size(self, axis: str, level: int = 0) -> int:
        """Return the length of an axis, 1 for an absent one."""
        return self.levels[level].shape[self.axes.index(axis)] if axis in self.axes else 1


def read_attributes(folder: Path) -> dict[str, Any] | None:
    """Return what a group says about itself (the ``ome`` part of version 0.5), or None where no group is."""
    document = _json(folder / "zarr.json")
    if document is not None:
        attributes = _mapping(document.get("attributes", {}))
        ome = attributes.get("ome")
        return {**attributes, **ome} if isinstance(ome, dict) else attributes
    if (folder / ".zgroup").is_file() or (folder / ".zattrs").is_file():
        return _json(folder / ".zattrs") or {}
    return None


def image_group(root: Path) -> str:
    """Return the path of the main image's group below ``root``; empty when it is the root itself.

    Raises
    ------
    UnsupportedFormat
        The folder holds no multiscale image, or a plate of many.
    """
    attributes = read_attributes(root)
    if attributes is None:
        raise UnsupportedFormat("This folder is no Zarr group.")
    if "multiscales" in attributes:
        return ""
    if "plate" in attributes:
        raise UnsupportedFormat("This OME-Zarr holds a plate of many wells; open one of its images.")
    if "bioformats2raw.layout" in attributes:
        return series_groups(root)[0]
    raise UnsupportedFormat("This Zarr holds no OME-Zarr image.")


def series_groups(root: Path) -> list[str]:
    """Return the image groups of a bioformats2raw layout."""
    listed = (read_attributes(root / "OME") or {}).get("series")
    if isinstance(listed, list) and listed:
        return [safe_path(one) for one in listed[:4096]]
    found: list[str] = []
    while (read_attributes(root / str(len(found))) or {}).get("multiscales"):
        found.append(str(len(found)))
        if len(found) >= 4096:
            break
    if not found:
        raise MissingCompanion("The images of this OME-Zarr are missing: only its outer folder is here.")
    return found


def read_layout(root: Path, group: str) -> ImageLayout:
    """Read and check everything that a group says about its image.

    Raises
    ------
    SlideUnreadable
        Or a subclass that names the reason.
    """
    attributes = read_attributes(root / group)
    multiscales = (attributes or {}).get("multiscales")
    if not attributes or not isinstance(multiscales, list) or not multiscales:
        raise UnsupportedFormat("This Zarr holds no OME-Zarr image.")
    multiscale = _mapping(multiscales[0])
    datasets = multiscale.get("datasets")
    if not isinstance(datasets, list) or not 0 < len(datasets) <= MAX_LEVELS:
        raise CorruptFile("The OME-Zarr is damaged: it lists no resolution levels.")
    axes, units = _axes(multiscale)
    outer = _scale(multiscale, len(axes))
    levels = [_array(root, group, _mapping(dataset), axes, outer) for dataset in datasets]
    levels.sort(key=lambda level: level.shape[axes.index("x")], reverse=True)
    omero = attributes.get("omero")
    layout = ImageLayout(axes, units, tuple(levels), omero if isinstance(omero, dict) else {}, attributes)
    _check(layout)
    return layout


def safe_path(value: object) -> str:
    """Return a path of the store that stays inside it.

    Raises
    ------
    CorruptFile
        It is absolute, empty, no text, or has ``..`` in it.
    """
    path = PurePosixPath(value) if isinstance(value, str) else PurePosixPath("..")
    text = str(value)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in text or "\0" in text:
        raise CorruptFile("The OME-Zarr is damaged: one of its levels lies outside its folder.")
    return str(path)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_METADATA_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(data) > MAX_METADATA_BYTES:
        raise DimensionsRefused("The metadata of this OME-Zarr are larger than any slide's.")
    try:
        return _mapping(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise CorruptFile("The OME-Zarr is damaged: its metadata are no JSON.") from error


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CorruptFile("The OME-Zarr is damaged: its metadata have the wrong shape.")
    return value


def _axes(multiscale: Mapping[str, Any]) -> tuple[str, dict[str, float]]:
    listed = multiscale.get("axes", _OLD_AXES)
    if not isinstance(listed, list | tuple) or not 2 <= len(listed) <= 5:
        raise UnsupportedFormat("The OME-Zarr has axes that no slide has.")
    letters, units = "", {}
    for one in listed:
        axis = one if isinstance(one, dict) else {"name": one}
        name = str(axis.get("name", "")).lower()
        letter = name if name in _AXES and len(name) == 1 else _TYPES.get(str(axis.get("type")), "?")
        letters += letter
        unit = _UM.get(str(axis.get("unit", "")).lower())
        if unit:
            units[letter] = unit
    if "?" in letters or len(set(letters)) != len(letters) or not {"x", "y"} <= set(letters):
        raise UnsupportedFormat("The OME-Zarr has axes that no slide has.")
    return letters, units


def _scale(holder: Mapping[str, Any], count: int) -> tuple[float, ...]:
    transformations = holder.get("coordinateTransformations")
    for one in transformations if isinstance(transformations, list) else ():
        values = one.get("scale") if isinstance(one, dict) and one.get("type") == "scale" else None
        if isinstance(values, list) and len(values) == count and all(_is_number(value) for value in values):
            return tuple(float(value) for value in values)
    return (1.0,) * count


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def _array(root: Path, group: str, dataset: Mapping[str, Any], axes: str, outer: tuple[float, ...]) -> ArrayLayout:
    relative = safe_path(dataset.get("path"))
    path = f"{group}/{relative}" if group else relative
    folder = root / path
    inner = _scale(dataset, len(axes))
    scale = tuple(one * other for one, other in zip(inner, outer, strict=True))
    document = _json(folder / "zarr.json")
    if document is not None:
        shape, chunks, dtype = _array_3(document)
        zarr_format = 3
    else:
        document = _json(folder / ".zarray")
        if document is None:
            raise MissingCompanion(f"The level {relative!r} of this OME-Zarr is missing.")
        shape, chunks, dtype = _array_2(document)
        zarr_format = 2
    if len(shape) != len(axes) or len(chunks) != len(axes):
        raise CorruptFile("The OME-Zarr is damaged: an array does not have the axes that are declared.")
    return ArrayLayout(path, zarr_format, shape, chunks, dtype, scale)


def _array_2(document: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    filters = document.get("filters") or []
    compressor = document.get("compressor")
    if not isinstance(filters, list):
        raise CorruptFile("The OME-Zarr is damaged: its filters make no sense.")
    for codec in (*filters, *([compressor] if compressor is not None else [])):
        _check_codec(_mapping(codec).get("id"), _CODECS_2)
    declared = document.get("dtype")
    try:
        dtype = np.dtype(declared if isinstance(declared, str) else "O").newbyteorder("=").name
    except TypeError as error:
        raise CorruptFile("The OME-Zarr is damaged: its pixel type makes no sense.") from error
    return _sizes(document.get("shape")), _sizes(document.get("chunks")), _pixel_type(dtype)


def _array_3(document: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    grid = _mapping(document.get("chunk_grid"))
    chunks = _sizes(_mapping(grid.get("configuration")).get("chunk_shape"))
    shape = _sizes(document.get("shape"))
    inner = _checked_codecs(document.get("codecs"), 0)
    if document.get("storage_transformers"):
        raise UnsupportedCompression("The OME-Zarr stores its pixels in a way that Coverslip does not know.")
    return shape, inner or chunks, _pixel_type(document.get("data_type"))


def _checked_codecs(codecs: object, depth: int) -> tuple[int, ...] | None:
    """Check a list of codecs; return the inner chunk shape of a sharded array."""
    if not isinstance(codecs, list) or not codecs or depth > 3:
        raise CorruptFile("The OME-Zarr is damaged: its list of codecs makes no sense.")
    inner: tuple[int, ...] | None = None
    for codec in codecs:
        name = _mapping(codec).get("name")
        _check_codec(name, _CODECS_3)
        if name == "sharding_indexed":
            configuration = _mapping(codec.get("configuration"))
            inner = _checked_codecs(configuration.get("codecs"), depth + 1) or _sizes(configuration.get("chunk_shape"))
            _checked_codecs(configuration.get("index_codecs"), depth + 1)
    return inner


def _check_codec(name: object, allowed: set[str]) -> None:
    # An allow list: Zarr's registry also holds codecs that unpickle, that is, run code of the file.
    if name not in allowed:
        raise UnsupportedCompression(f"The OME-Zarr uses the codec {str(name)[:40]!r}, which Coverslip does not allow.")


def _pixel_type(name: object) -> str:
    if not isinstance(name, str) or name not in _DTYPES:
        raise UnsupportedFormat(f"The OME-Zarr holds pixels of the type {str(name)[:40]!r}, which no slide has.")
    return name


def _sizes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise CorruptFile("The OME-Zarr is damaged: its sizes make no sense.")
    if not all(0 < one < 1 << 62 for one in value):
        raise DimensionsRefused("The OME-Zarr declares an image without pixels or larger than any slide.")
    return tuple(value)


def _check(layout: ImageLayout) -> None:
    for level in layout.levels:
        by_axis = dict(zip(layout.axes, level.shape, strict=True))
        check_size(by_axis["x"], by_axis["y"])
        counts = [by_axis.get(axis, 1) for axis in "tcz"]
        if max(counts) > MAX_PLANES or by_axis.get("c", 1) > MAX_CHANNELS:
            raise DimensionsRefused("The OME-Zarr declares more planes or channels than any slide has.")
        if level.dtype != layout.levels[0].dtype or by_axis.get("c", 1) != layout.size("c"):
            raise CorruptFile("The OME-Zarr is damaged: its levels do not belong to one image.")
        chunk_px = int(np.prod([min(one, other) for one, other in zip(level.chunks, level.shape, strict=True)]))
        check_tile(chunk_px, 1, np.dtype(level.dtype).itemsize)


def flat(value: object, prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield nested metadata as flat text, ``zarr.omero.channels[0].label`` -> ``DAPI``."""
    if depth > 12:
        return
    if isinstance(value, dict):
        for key, one in value.items():
            yield from flat(one, f"{prefix}.{key}", depth + 1)
    elif isinstance(value, list):
        for number, one in enumerate(value[:256]):
            yield from flat(one, f"{prefix}[{number}]", depth + 1)
    elif value is not None:
        yield prefix, str(value)[:4096]
