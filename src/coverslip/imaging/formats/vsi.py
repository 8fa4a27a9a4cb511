"""Olympus (Evident) VSI with its ETS files by slideio (the extra ``vendors``)."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coverslip.core.errors import (
    CorruptFile,
    FileNotFound,
    MissingCompanion,
    NotFound,
    SlideUnreadable,
    TileUnreadable,
    UnsupportedFormat,
)
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.channel_colours import colour_for
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

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LARGEST_KEPT_PX = 16_000_000
_KEPT_BYTES = 48 * 1024 * 1024
_MAX_ASSOCIATED_PX = 64_000_000
_RGB = (ChannelInfo("Red", "#ff0000"), ChannelInfo("Green", "#00ff00"), ChannelInfo("Blue", "#0000ff"))
_NAMES = {"label": "label", "overview": "macro", "macro": "macro", "thumbnail": "thumbnail"}


class VsiFormat:
    """Reads VSI: the largest picture in it is the slide."""

    name = "vsi"
    suffixes = (".vsi",)
    tier = Tier.BRONZE

    def reader(self) -> str:
        """Name the library that reads it."""
        return library("slideio", extra="vendors", what="Olympus VSI")

    def probe(self, peek: Peek) -> Confidence:
        """Certain of the suffix: the file itself is a TIFF that holds no more than a preview."""
        fits = not peek.is_dir and peek.path.suffix.lower() == ".vsi" and peek.head.startswith(_TIFF_STARTS)
        return Confidence.CERTAIN if fits else Confidence.NONE

    def open(self, path: Path) -> "VsiSlide":
        """Open a VSI.

        Raises
        ------
        MissingCompanion
            The folder with its pixels is absent.
        UnsupportedFormat
            The extra ``vendors`` is not installed.
        CorruptFile
            slideio cannot open it.
        """
        if not path.exists():
            raise FileNotFound
        files = _files(path)
        try:
            import slideio
        except ImportError as error:
            raise UnsupportedFormat(
                "Olympus VSI needs the extra 'vendors'; install it with: pip install 'coverslip[vendors]'."
            ) from error
        try:
            return VsiSlide(slideio.open_slide(str(path), "VSI"), files)
        except SlideUnreadable:
            raise
        except Exception as error:
            # slideio raises plain RuntimeErrors for whatever it finds.
            raise CorruptFile("The file is damaged: slideio cannot open it.") from error


def _files(path: Path) -> tuple[str, ...]:
    """Return the VSI and all files of its folder, ``_name_`` beside it."""
    folder = path.parent / f"_{path.stem}_"
    inside = sorted(one for one in folder.rglob("*") if one.is_file()) if folder.is_dir() else []
    if not any(one.suffix.lower() == ".ets" for one in inside):
        raise MissingCompanion(f"The folder {folder.name!r} that belongs to this VSI slide is missing.")
    return (path.name, *(one.relative_to(path.parent).as_posix() for one in inside))


class VsiSlide:
    """An open VSI.

    Parameters
    ----------
    slide : slideio.Slide
    files : tuple of str
        All files of the slide.
    """

    def __init__(self, slide: Any, files: tuple[str, ...]) -> None:
        self._slide: Any = slide
        self._kept: OrderedDict[tuple[int, Plane, int, int, int], Pixels] = OrderedDict()
        scenes = [slide.get_scene(number) for number in range(slide.num_scenes)]
        if not scenes:
            raise UnsupportedFormat("The VSI holds no picture.")
        self._scene: Any = max(scenes, key=lambda scene: scene.size[0] * scene.size[1])
        self._aux = dict(_auxiliary(slide, self._scene))
        self._info = _info(self._scene, files, self._aux)

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: slideio finds the tiles of the ETS files itself."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one level; only the channels asked for are read."""
        wanted = list(range(len(self._info.channels)) if channels is None or self._info.rgb else channels)
        size = self._info.levels[level]
        if size.tile_width * size.tile_height > _LARGEST_KEPT_PX:
            return self._decoded(region, level, plane, wanted)
        out = np.empty((region.height, region.width, len(wanted)), self._info.dtype)
        for row in range(region.y // size.tile_height, -(-(region.y + region.height) // size.tile_height)):
            for col in range(region.x // size.tile_width, -(-(region.x + region.width) // size.tile_width)):
                left, top = col * size.tile_width, row * size.tile_height
                x0, y0 = max(left, region.x), max(top, region.y)
                x1 = min(left + size.tile_width, region.x + region.width)
                y1 = min(top + size.tile_height, region.y + region.height)
                for position, channel in enumerate(wanted):
                    tile = self._tile(level, plane, channel, col, row)
                    target = out[y0 - region.y : y1 - region.y, x0 - region.x : x1 - region.x, position]
                    target[...] = tile[y0 - top : y1 - top, x0 - left : x1 - left, 0]
        return out

    def _tile(self, level: int, plane: Plane, channel: int, col: int, row: int) -> Pixels:
        """Return a stored tile; the last few stay, since a file may have one tile for a whole plane."""
        key = (level, plane, channel, col, row)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        size = self._info.levels[level]
        left, top = col * size.tile_width, row * size.tile_height
        place = Region(left, top, min(size.tile_width, size.width - left), min(size.tile_height, size.height - top))
        self._kept[key] = self._decoded(place, level, plane, [channel])
        while len(self._kept) > 1 and sum(tile.nbytes for tile in self._kept.values()) > _KEPT_BYTES:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _decoded(self, region: Region, level: int, plane: Plane, channels: list[int]) -> Pixels:
        try:
            pixels = self._scene.read_block_from_level(
                level=level,
                rect=(region.x, region.y, region.width, region.height),
                size=(region.width, region.height),
                channel_indices=channels,
                slices=(plane.z, plane.z + 1),
                frames=(plane.t, plane.t + 1),
            )
        except Exception as error:
            # slideio raises plain RuntimeErrors for whatever it finds.
            raise TileUnreadable from error
        return np.ascontiguousarray(pixels.reshape(region.height, region.width, len(channels)))

    def associated(self, name: str) -> Pixels:
        """Return the label, macro or thumbnail as RGB."""
        if name not in self._aux:
            raise NotFound
        return _as_rgb(self._aux[name].read_block())

    def close(self) -> None:
        """Release the files; harmless when called twice."""
        self._kept.clear()
        self._aux = {}
        self._scene = None
        self._slide = None


def _auxiliary(slide: Any, scene: Any) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for holder in (slide, scene):
        for given in holder.get_aux_image_names():
            name = _NAMES.get(given.strip().lower())
            if name is None or name in seen:
                continue
            image: Any = holder.get_aux_image(given)
            if image.size[0] * image.size[1] <= _MAX_ASSOCIATED_PX:
                seen.add(name)
                yield name, image


def _as_rgb(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2 or pixels.shape[2] < 3:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], -1)[:, :, :1], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])


def _info(scene: Any, files: tuple[str, ...], aux: dict[str, Any]) -> SlideInfo:
    count = scene.num_channels
    types = {np.dtype(scene.get_channel_data_type(number)).name for number in range(count)}
    if len(types) != 1:
        raise UnsupportedFormat("The channels of this VSI have different types of pixels.")
    dtype = types.pop()
    names = [scene.get_channel_name(number).strip() for number in range(count)]
    rgb = dtype == "uint8" and count == 3 and _is_colour(names)
    mpp_x, mpp_y = (_um(value) for value in scene.resolution)
    objective = float(scene.magnification)
    return SlideInfo(
        format=VsiFormat.name,
        levels=tuple(_levels(scene)),
        dtype=dtype,
        rgb=rgb,
        channels=_RGB if rgb else tuple(_channels(names)),
        files=files,
        z_count=max(1, scene.num_z_slices),
        t_count=max(1, scene.num_t_frames),
        z_spacing_um=_um(scene.z_resolution) if scene.num_z_slices > 1 else None,
        mpp_x=mpp_x,
        mpp_y=mpp_y,
        objective=objective if 0 < objective < 1000 else None,
        vendor="Olympus",
        background=(255, 255, 255) if rgb else (0, 0, 0),
        associated=tuple(AssociatedInfo(name, image.size[0], image.size[1]) for name, image in sorted(aux.items())),
        metadata={"vsi.Scene": str(scene.name), "vsi.Compression": str(scene.compression).rpartition(".")[2]},
    )


def _is_colour(names: Sequence[str]) -> bool:
    """Whether three 8-bit channels are one picture: fluorescence channels carry names of their own."""
    return all(re.fullmatch(r"|red|green|blue|r|g|b|rgb|channel ?\d*|\d*", name.lower()) for name in names)


def _um(metres: float) -> float | None:
    return round(metres * 1e6, 9) if 1e-10 < metres < 1e-2 else None


def _channels(names: Sequence[str]) -> Iterator[ChannelInfo]:
    for number, given in enumerate(names):
        name = given or f"Channel {number + 1}"
        yield ChannelInfo(name, colour_for(number, name, alone=len(names) == 1))


def _levels(scene: Any) -> Iterator[LevelInfo]:
    for number in range(max(1, scene.num_zoom_levels)):
        level = scene.get_zoom_level_info(number)
        width, height = level.size.width, level.size.height
        check_size(width, height)
        tile_width, tile_height = level.tile_size.width, level.tile_size.height
        yield LevelInfo(width, height, min(tile_width or width, width), min(tile_height or height, height))
