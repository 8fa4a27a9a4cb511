"""Puts the frames of a series in their places: levels, focal planes, optical paths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverslip.core.errors import CorruptFile, MissingAttribute, UnsupportedCompression, UnsupportedFormat
from coverslip.imaging.formats.dicom_instance import Instance, text, whole
from coverslip.imaging.formats.limits import check_tile_count
from coverslip.ports.format import LevelInfo, StoredLevel

_Z_STEP_MM = 1e-5
"""Focal planes closer than this (10 nm) are the same plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Frames of one instance with their addresses; all arrays have one entry a frame."""

    instance: Instance
    column: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    z_mm: npt.NDArray[np.float64]
    path: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One resolution of the slide.

    Attributes
    ----------
    info : LevelInfo
    stored : StoredLevel
    instances : tuple of Instance
        The files that hold it.
    """

    info: LevelInfo
    stored: StoredLevel
    instances: tuple[Instance, ...]


def optical_paths(instances: Sequence[Instance]) -> tuple[str, ...]:
    """Return the identifiers of all optical paths of a level, in the order in which they are declared."""
    found: dict[str, None] = {}
    for instance in instances:
        for path in _declared_paths(instance):
            found.setdefault(path)
    return tuple(found)


def build_level(
    instances: Sequence[Instance],
    paths: Sequence[str],
    depths_mm: Sequence[float],
    files: dict[str, int],
    *,
    sparse: bool = False,
) -> Level | None:
    """Place the frames of all instances of one size.

    Parameters
    ----------
    instances : sequence of Instance
        All of the same size.
    paths : sequence of str
        Optical paths of the slide, one channel each.
    depths_mm : sequence of float
        Focal planes of the slide.
    files : dict
        Number of each file by name.
    sparse : bool
        Whether a focal plane or an optical path may be wholly absent.

    Returns
    -------
    Level or None
        None when a focal plane or an optical path is wholly absent and that is not allowed.
    """
    first = instances[0]
    for other in instances[1:]:
        if (other.tile_width, other.tile_height) != (first.tile_width, first.tile_height):
            raise UnsupportedFormat("The files of this DICOM slide divide one level into tiles of different sizes.")
        if other.codec != first.codec or other.planar != first.planar:
            raise UnsupportedCompression("The files of this DICOM slide compress one level in different ways.")
    rows, cols = -(-first.height // first.tile_height), -(-first.width // first.tile_width)
    shape = (len(depths_mm), len(paths), rows, cols)
    check_tile_count(int(np.prod(shape)))
    frame = np.full((*shape, 2), -1, np.int64)
    for number, instance in enumerate(instances):
        placed = place(instance, paths)
        z = np.abs(placed.z_mm[:, np.newaxis] - np.asarray(depths_mm)).argmin(axis=1)
        numbers = np.arange(placed.column.size)
        order = numbers[::-1]  # the first of several frames in one place wins
        target = (z[order], placed.path[order], placed.row[order], placed.column[order])
        free = frame[target][:, 0] < 0
        frame[(*(axis[free] for axis in target),)] = np.stack((np.full(free.sum(), number), order[free]), axis=-1)
    if not sparse and not np.all(np.any(frame[..., 0] >= 0, axis=(2, 3))):
        return None
    info = LevelInfo(first.width, first.height, first.tile_width, first.tile_height)
    return Level(info, _stored(instances, frame, files), tuple(instances))


def _stored(instances: Sequence[Instance], frame: npt.NDArray[np.int64], files: dict[str, int]) -> StoredLevel:
    # frame has the shape (z, c, rows, cols, 2): the instance and its frame, -1 for a gap.
    shape = frame.shape[:-1]
    offset, length = np.zeros(shape, np.uint64), np.zeros(shape, np.uint32)
    file_no = np.zeros(shape, np.uint16)
    for number, instance in enumerate(instances):
        mine = frame[..., 0] == number
        chosen = frame[..., 1][mine]
        lengths = instance.frames.length[chosen]
        if lengths.size and int(lengths.max()) > np.iinfo(np.uint32).max:
            raise CorruptFile("The file is damaged: one of its frames has more than 4 GiB.")
        offset[mine], length[mine] = instance.frames.offset[chosen], lengths.astype(np.uint32)
        file_no[mine] = files[instance.path.name]
    codec = instances[0].codec
    if instances[0].planar:
        # Planes of samples follow one another within a frame: each is a tile of one sample.
        length //= np.uint32(3)
        offset = np.concatenate([offset + length * np.uint64(plane) for plane in range(3)], axis=1)
        length, file_no = np.repeat(length, 3, axis=1), np.repeat(file_no, 3, axis=1)
    return StoredLevel(codec, offset[np.newaxis], length[np.newaxis], file_no[np.newaxis] if file_no.any() else None)


def place(instance: Instance, paths: Sequence[str]) -> Placed:
    """Give every frame of an instance its column, row, focal plane and optical path."""
    declared = text(instance.dataset, "DimensionOrganizationType").upper()
    places = instance.header.places
    count = instance.frames.offset.size
    stated = places is not None and places.column.size == count and bool(np.all(places.column >= 0))
    if declared == "TILED_SPARSE" and not stated:
        raise MissingAttribute("The DICOM file lacks the attribute PlanePositionSlideSequence of its tiles.")
    if stated and declared != "TILED_FULL":
        return _sparse(instance, paths)
    return _full(instance, paths)


def _sparse(instance: Instance, paths: Sequence[str]) -> Placed:
    places = instance.header.places
    if places is None:
        raise MissingAttribute("The DICOM file lacks the attribute PerFrameFunctionalGroupsSequence.")
    column, column_rest = np.divmod(places.column, instance.tile_width)
    row, row_rest = np.divmod(places.row, instance.tile_height)
    if np.any(column_rest) or np.any(row_rest):
        raise UnsupportedFormat("The tiles of this DICOM slide overlap or lie beside the grid, which is not supported.")
    inside = (
        (row >= 0) & (row * instance.tile_height < instance.height) & (column * instance.tile_width < instance.width)
    )
    if not np.all(inside):
        raise CorruptFile("The file is damaged: some of its tiles lie outside the image.")
    shared = _declared_paths(instance)
    names = (
        list(shared) * len(places.path) if shared == ("",) else [name or _shared_path(instance) for name in places.path]
    )
    unknown = set(names) - set(paths)
    if unknown:
        raise CorruptFile("The file is damaged: its tiles name an optical path that it does not describe.")
    known = {name: number for number, name in enumerate(paths)}
    z_mm = np.where(np.isnan(places.z_mm), _first_depth(instance), places.z_mm)
    return Placed(instance, column, row, z_mm, np.array([known[name] for name in names], np.int64))


def _full(instance: Instance, paths: Sequence[str]) -> Placed:
    """Frames of TILED_FULL: along a row, down the rows, through the planes, then the optical paths."""
    cols, rows = -(-instance.width // instance.tile_width), -(-instance.height // instance.tile_height)
    count = int(instance.frames.offset.size)
    first = whole(instance.dataset, "ConcatenationFrameOffsetNumber", 0)
    tiles = cols * rows
    mine = _declared_paths(instance)
    in_parts = "ConcatenationUID" in instance.dataset
    if not in_parts and (first != 0 or count < tiles):
        raise CorruptFile(f"The file is damaged: {tiles} tiles cover the image, and it holds {count}.")
    number = np.arange(count, dtype=np.int64) + first
    depths = depths_of(instance)
    z, path = (number // tiles) % len(depths), number // (tiles * len(depths))
    if int(path.max()) >= len(mine):
        raise CorruptFile("The file is damaged: it holds more frames than its image has tiles.")
    known = np.array([paths.index(name) for name in mine], np.int64)
    return Placed(
        instance=instance,
        column=number % cols,
        row=(number // cols) % rows,
        z_mm=np.asarray(depths)[z],
        path=known[path],
    )


def depths_of(instance: Instance) -> tuple[float, ...]:
    """Return the focal planes of an instance in millimetres along the slide's z axis."""
    places = instance.header.places
    if places is not None and text(instance.dataset, "DimensionOrganizationType").upper() != "TILED_FULL":
        known = places.z_mm[~np.isnan(places.z_mm)]
        if known.size:
            steps = np.unique(np.round(known / _Z_STEP_MM).astype(np.int64))
            return tuple(float(step * _Z_STEP_MM) for step in steps)
    count = whole(instance.dataset, "TotalPixelMatrixFocalPlanes", 1)
    if not 1 <= count <= 4096:
        raise CorruptFile(f"The file is damaged: it declares {count} focal planes.")
    start = _first_depth(instance)
    step = _plane_distance(instance) or 1e-3
    return tuple(start + number * step for number in range(count))


def _first_depth(instance: Instance) -> float:
    try:
        return float(instance.dataset.TotalPixelMatrixOriginSequence[0].ZOffsetInSlideCoordinateSystem)
    except (AttributeError, IndexError, TypeError, ValueError):
        return 0.0


def _shared_path(instance: Instance) -> str:
    try:
        shared = instance.dataset.SharedFunctionalGroupsSequence[0].OpticalPathIdentificationSequence[0]
        return str(shared.OpticalPathIdentifier)
    except (AttributeError, IndexError, TypeError):
        return _declared_paths(instance)[0]


def _plane_distance(instance: Instance) -> float | None:
    try:
        measures = instance.dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        distance = float(measures.SpacingBetweenSlices)
    except (AttributeError, IndexError, TypeError, ValueError):
        return None
    return distance if distance > 0 else None


def _declared_paths(instance: Instance) -> tuple[str, ...]:
    if instance.codec.samples == 3 or instance.planar or instance.codec.palette:
        return ("",)  # a colour image is one picture, whatever light made it
    try:
        names = tuple(str(path.get("OpticalPathIdentifier", "")) for path in instance.dataset.OpticalPathSequence)
    except (AttributeError, TypeError):
        return ("",)
    return names or ("",)
