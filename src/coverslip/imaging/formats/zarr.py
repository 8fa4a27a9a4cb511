"""OME-Zarr 0.1 to 0.5 in a folder, and the layout of bioformats2raw."""

import itertools
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import CorruptFile, NotAFile, NotFound, SlideUnreadable, TileUnreadable
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.channel_colours import colour_for
from coverslip.imaging.formats.library import library
from coverslip.imaging.formats.zarr_layout import (
    ImageLayout,
    flat,
    image_group,
    read_attributes,
    read_layout,
    series_groups,
)
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

MAX_FILES = 2_000_000
MAX_METADATA = 4000
_MARKERS = ("zarr.json", ".zattrs", ".zgroup")
_RGB = (ChannelInfo("Red", "#ff0000"), ChannelInfo("Green", "#00ff00"), ChannelInfo("Blue", "#0000ff"))
_ASSOCIATED = {"label": "label", "label image": "label", "macro": "macro", "macro image": "macro"}
MAX_ASSOCIATED_PX = 64_000_000


class ZarrFormat:
    """Reads OME-Zarr folders."""

    name = "zarr"
    suffixes = (".zarr", ".ome.zarr")
    tier = Tier.SILVER

    def reader(self) -> str:
        """Name the library that reads it."""
        return library("zarr")

    def probe(self, peek: Peek) -> Confidence:
        """Certain of a folder with a Zarr group in it."""
        if not peek.is_dir:
            return Confidence.NONE
        if any((peek.path / marker).is_file() for marker in _MARKERS):
            return Confidence.CERTAIN
        return Confidence.WEAK if peek.path.suffix.lower() == ".zarr" else Confidence.NONE

    def open(self, path: Path) -> "ZarrSlide":
        """Open the first image of a folder.

        Raises
        ------
        UnsupportedFormat
            There is no multiscale image in it.
        SlideUnreadable
            Or another subclass that names the reason.
        """
        if not path.is_dir():
            raise NotAFile("An OME-Zarr is a folder, and this is a file.")
        return ZarrSlide(path)


class ZarrSlide:
    """An open OME-Zarr.

    Parameters
    ----------
    root : pathlib.Path
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        group = image_group(root)
        self._layout = read_layout(root, group)
        self._associated = dict(_associated_images(root)) if group else {}
        self._arrays: dict[str, Any] = {}
        self._info = _info(root, self._layout, self._associated)

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: chunks are files of their own, compressed in Zarr's ways."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one level; only the chunks of the channels asked for are read."""
        wanted = range(self._layout.size("c")) if channels is None or self._info.rgb else channels
        return self._read(self._layout, region, level, plane, list(wanted))

    def associated(self, name: str) -> Pixels:
        """Return the label or macro that bioformats2raw stores as a further image."""
        layout = self._associated.get(name)
        if layout is None:
            raise NotFound
        whole = Region(0, 0, layout.size("x"), layout.size("y"))
        pixels = self._read(layout, whole, 0, Plane(), list(range(min(3, layout.size("c")))))
        return np.repeat(pixels[:, :, :1], 3, axis=2) if pixels.shape[2] < 3 else pixels

    def _read(self, layout: ImageLayout, region: Region, level: int, plane: Plane, channels: list[int]) -> Pixels:
        picks: dict[str, Any] = {
            "t": min(plane.t, layout.size("t", level) - 1),
            "z": min(plane.z * layout.size("z", level) // layout.size("z"), layout.size("z", level) - 1),
            "c": slice(min(channels, default=0), max(channels, default=0) + 1),
            "y": slice(region.y, region.y + region.height),
            "x": slice(region.x, region.x + region.width),
        }
        if channels != list(range(picks["c"].start, picks["c"].stop)):
            parts = [self._read(layout, region, level, plane, [channel]) for channel in channels]
            return np.concatenate(parts, axis=2)
        try:
            array = self._array(layout, level)
            pixels = np.asarray(array[tuple(picks[axis] for axis in layout.axes)])
        except SlideUnreadable:
            raise
        except Exception as error:
            # Zarr and its codecs raise whatever a damaged chunk leads them into.
            raise TileUnreadable from error
        left = [axis for axis in layout.axes if axis in "cyx"]
        if "c" not in left:
            left.append("c")
            pixels = pixels[..., np.newaxis]
        pixels = pixels.transpose([left.index(axis) for axis in "yxc"])
        return np.ascontiguousarray(pixels, dtype=_shown_type(layout))

    def _array(self, layout: ImageLayout, level: int) -> Any:
        import zarr

        one = layout.levels[level]
        if one.path not in self._arrays:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Zarr warns of every oddity of a writer that it tolerates
                store = zarr.storage.LocalStore(self._root, read_only=True)
                array = zarr.open_array(store=store, path=one.path, mode="r", zarr_format=one.zarr_format)
            if array.shape != one.shape:
                raise CorruptFile("The OME-Zarr is damaged: its levels changed while it was open.")
            self._arrays[one.path] = array
        return self._arrays[one.path]

    def close(self) -> None:
        """Forget the arrays; nothing stays open between reads."""
        self._arrays.clear()


def _shown_type(layout: ImageLayout) -> str:
    dtype = layout.levels[0].dtype
    return {"bool": "uint8", "float16": "float32"}.get(dtype, dtype)


def _info(root: Path, layout: ImageLayout, associated: Mapping[str, ImageLayout]) -> SlideInfo:
    colour = _is_colour(layout)
    channels = _RGB if colour else _channels(layout)
    text = itertools.islice(flat(dict(layout.attributes), "zarr"), MAX_METADATA)
    return SlideInfo(
        format=ZarrFormat.name,
        levels=tuple(_level(layout, number) for number in range(len(layout.levels))),
        dtype=_shown_type(layout),
        rgb=colour,
        channels=channels,
        files=_files(root),
        z_count=layout.size("z"),
        t_count=layout.size("t"),
        z_spacing_um=_pixel_um(layout, "z"),
        mpp_x=_pixel_um(layout, "x"),
        mpp_y=_pixel_um(layout, "y"),
        background=(255, 255, 255) if colour else (0, 0, 0),
        associated=tuple(AssociatedInfo(name, one.size("x"), one.size("y")) for name, one in associated.items()),
        metadata=dict(text),
    )


def _level(layout: ImageLayout, number: int) -> LevelInfo:
    level = layout.levels[number]
    x, y = layout.axes.index("x"), layout.axes.index("y")
    tile_width, tile_height = min(level.chunks[x], level.shape[x]), min(level.chunks[y], level.shape[y])
    return LevelInfo(level.shape[x], level.shape[y], tile_width, tile_height)


def _pixel_um(layout: ImageLayout, axis: str) -> float | None:
    """Return micrometres per pixel; None without a unit, since a bare 1.0 says nothing."""
    if axis not in layout.axes or axis not in layout.units_um:
        return None
    size = layout.levels[0].scale[layout.axes.index(axis)] * layout.units_um[axis]
    return size if 1e-6 < size < 1e6 else None


def _described(layout: ImageLayout) -> list[dict[str, Any]]:
    listed = layout.omero.get("channels")
    return [one if isinstance(one, dict) else {} for one in listed] if isinstance(listed, list) else []


def _is_colour(layout: ImageLayout) -> bool:
    """Whether three 8-bit channels are the red, green and blue of one picture.

    OME-Zarr has no word for it. The channels' names say so, or colours in that order that all
    span the full range, or an extra axis of samples in one chunk.
    """
    if layout.size("c") != 3 or layout.levels[0].dtype != "uint8":
        return False
    described = _described(layout)
    names = [str(one.get("label", "")).strip().lower() for one in described]
    if names in (["red", "green", "blue"], ["r", "g", "b"]):
        return True
    colours = [_colour(one) for one in described]
    windows = [one.get("window") for one in described]
    full = all(isinstance(one, dict) and (one.get("start"), one.get("end")) == (0, 255) for one in windows)
    if colours == ["#ff0000", "#00ff00", "#0000ff"] and full and layout.omero.get("rdefs") is not None:
        return True
    return layout.axes.endswith("c") and layout.levels[0].chunks[-1] == 3


def _colour(described: Mapping[str, Any]) -> str | None:
    text = str(described.get("color", "")).lstrip("#").lower()
    return f"#{text[:6]}" if len(text) in (6, 8) and all(digit in "0123456789abcdef" for digit in text) else None


def _channels(layout: ImageLayout) -> tuple[ChannelInfo, ...]:
    count = layout.size("c")
    described = _described(layout)
    found = []
    for number in range(count):
        one = described[number] if number < len(described) else {}
        name = str(one.get("label", "")).strip() or f"Channel {number + 1}"
        found.append(ChannelInfo(name[:200], _colour(one) or colour_for(number, name, alone=count == 1)))
    return tuple(found)


def _files(root: Path) -> tuple[str, ...]:
    """Return every file below the root: first the marker of the group, then the others by name."""
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        relative = os.path.relpath(folder, root)
        prefix = "" if relative == "." else relative.replace(os.sep, "/") + "/"
        found.extend(prefix + name for name in sorted(names))
        if len(found) > MAX_FILES:
            raise SlideUnreadable(f"The OME-Zarr has more than {MAX_FILES} files.")
    first = next((name for name in _MARKERS if name in found), found[0] if found else "")
    return (first, *(name for name in found if name != first)) if first else ()


def _associated_images(root: Path) -> "list[tuple[str, ImageLayout]]":
    """Return the label and macro among the further images of a bioformats2raw layout, by their names."""
    found: list[tuple[str, ImageLayout]] = []
    for group in series_groups(root)[1:16]:
        try:
            names = [str(one.get("name", "")) for one in (read_attributes(root / group) or {}).get("multiscales", [])]
            name = _ASSOCIATED.get(names[0].strip().lower()) if names else None
            layout = read_layout(root, group) if name else None
        except (SlideUnreadable, AttributeError):
            continue  # a broken label must not cost the slide
        small = layout is not None and layout.size("x") * layout.size("y") <= MAX_ASSOCIATED_PX
        if name and layout is not None and small and layout.levels[0].dtype == "uint8":
            found.append((name, layout))
    return found
