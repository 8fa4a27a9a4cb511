"""Everything else: what Bio-Formats reads, in a process of its own (the extra ``bioformats``).

It is asked last: a format that Coverslip reads itself is never left to it unless that reader is not installed.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from coverslip.core.errors import (
    CorruptFile,
    FileNotFound,
    NotFound,
    SlideUnreadable,
    TileUnreadable,
    UnsupportedFormat,
)
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.bioformats_complete import check_complete
from coverslip.imaging.formats.bioformats_install import find_installed, version
from coverslip.imaging.formats.bioformats_process import JavaProcess, java
from coverslip.imaging.formats.channel_colours import colour_for, hex_colour
from coverslip.imaging.formats.limits import check_size, check_tile
from coverslip.imaging.formats.tiff_levels import RGB_CHANNELS
from coverslip.imaging.formats.tiff_slide import as_rgb
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

_BAND_BYTES: Final = 32 * 2**20
_MAX_ASSOCIATED_PX: Final = 64_000_000
_MOST_ASSOCIATED: Final = 16
_ASSOCIATED: Final = ("label", "macro", "overview", "thumbnail")
_SUFFIXES: Final = (
    # microscopes and slide scanners
    *(".czi", ".zvi", ".lif", ".lof", ".xlef", ".nd2", ".oib", ".oif", ".oir", ".vsi", ".ims", ".ics", ".ipw", ".liff"),
    *(".dv", ".r3d", ".r3d_d3d", ".sld", ".sldy", ".cxd", ".obf", ".msr", ".rcpnl", ".im3", ".mvd2", ".klb", ".ch5"),
    # electron microscopes and cameras
    *(".dm2", ".dm3", ".dm4", ".mrc", ".mrcs", ".sif", ".spe", ".his", ".fli", ".sdt", ".i2i", ".naf", ".ipl", ".lim"),
    # volumes
    *(".nrrd", ".nhdr", ".nii", ".nii.gz"),
)


class BioFormatsFormat:
    """Reads with Bio-Formats: the largest picture of a file is the slide, the others are associated images."""

    name = "bioformats"
    suffixes = _SUFFIXES
    tier = Tier.BRONZE
    last = True

    def reader(self) -> str:
        """Name the jar's version."""
        find_installed()
        return f"Bio-Formats {version()}"

    def probe(self, peek: Peek) -> Confidence:
        """Never more than weak: whoever knows the file better comes first."""
        fits = not peek.is_dir and bool(peek.head) and peek.path.name.lower().endswith(self.suffixes)
        return Confidence.WEAK if fits else Confidence.NONE

    def open(self, path: Path) -> "BioFormatsSlide":
        """Open a file.

        Raises
        ------
        UnsupportedFormat
            Bio-Formats, the jar or Java is not installed, or it does not know the file.
        SlideUnreadable
            Or a subclass: it is damaged, or the process hung, died or lacked memory.
        """
        if not path.exists():
            raise FileNotFound
        find_installed()
        return BioFormatsSlide(path.absolute(), java())


class BioFormatsSlide:
    """An open slide; the Java process opens the file again when it has read another meanwhile.

    Parameters
    ----------
    path : pathlib.Path
        Absolute.
    process : JavaProcess
    """

    def __init__(self, path: Path, process: JavaProcess) -> None:
        self._path = path
        self._process = process
        facts, _ = process.ask({"do": "open", "path": str(path)})
        try:
            self._series: list[dict[str, Any]] = [_Checked(one).facts for one in facts["series"]]
            self._main = _largest(self._series)
            check_complete(path, str(facts["format"]), self._series[self._main])
            self._aux = dict(_auxiliary(self._series, self._main))
            self._info, self._resolutions = _info(path, facts, self._series[self._main], self._associated_infos())
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CorruptFile("The file is damaged: Bio-Formats tells of it what cannot be.") from error

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: only Bio-Formats knows where the pixels lie."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Decode a region of one level; only the channels asked for are read."""
        wanted = list(range(len(self._info.channels)) if channels is None or self._info.rgb else channels)
        return self._read(self._main, self._resolutions[level], region, plane, wanted)

    def associated(self, name: str) -> Pixels:
        """Return another picture of the file as RGB."""
        if name not in self._aux:
            raise NotFound
        number = self._aux[name]
        width, height = self._series[number]["levels"][0][:2]
        count = min(3, self._series[number]["samples"] * self._series[number]["images"])
        return as_rgb(self._read(number, 0, Region(0, 0, width, height), Plane(), list(range(count))))

    def close(self) -> None:
        """Let the Java process forget the file; harmless when called twice."""
        if self._process.pid is not None:
            with suppress(SlideUnreadable):  # a process that is gone holds no file
                self._process.ask({"do": "close", "path": str(self._path)})

    def _associated_infos(self) -> tuple[AssociatedInfo, ...]:
        sizes = {name: self._series[number]["levels"][0] for name, number in self._aux.items()}
        return tuple(AssociatedInfo(name, size[0], size[1]) for name, size in sorted(sizes.items()))

    def _read(self, number: int, resolution: int, region: Region, plane: Plane, wanted: list[int]) -> Pixels:
        """Read in bands, so that neither process holds much more than the answer."""
        series = self._series[number]
        dtype = np.dtype(series["dtype"])
        check_tile(region.width, region.height, dtype.itemsize * len(wanted))
        out = np.empty((region.height, region.width, len(wanted)), dtype)
        rows = max(1, _BAND_BYTES // (region.width * dtype.itemsize * series["samples"]))
        for top in range(0, region.height, rows):
            band = Region(region.x, region.y + top, region.width, min(rows, region.height - top))
            out[top : top + band.height] = self._band(number, resolution, band, plane, wanted)
        return out

    def _band(self, number: int, resolution: int, band: Region, plane: Plane, wanted: list[int]) -> Pixels:
        series = self._series[number]
        samples = series["samples"]
        images = sorted({channel // samples for channel in wanted})
        _, data = self._process.ask(
            {
                "do": "read",
                "path": str(self._path),
                "series": number,
                "resolution": resolution,
                "region": [band.x, band.y, band.width, band.height],
                "z": plane.z,
                "t": plane.t,
                "images": images,
            }
        )
        stored = np.dtype(series["dtype"]).newbyteorder("<" if series["little"] else ">")
        if len(data) != len(images) * samples * band.width * band.height * stored.itemsize:
            raise TileUnreadable
        values = np.frombuffer(data, stored)
        if series["interleaved"]:
            values = values.reshape(len(images), band.height, band.width, samples)
        else:
            values = np.moveaxis(values.reshape(len(images), samples, band.height, band.width), 1, 3)
        at = [(images.index(channel // samples), channel % samples) for channel in wanted]
        return np.stack([values[image, :, :, sample] for image, sample in at], axis=2)


class _Checked:
    """One series as the Java process described it, checked before anything is allocated for it."""

    def __init__(self, facts: dict[str, Any]) -> None:
        for width, height, tile_width, tile_height in facts["levels"]:
            check_size(width, height)
            if min(tile_width, tile_height) < 0:
                raise ValueError("a tile has a size")
        if min(facts["samples"], facts["images"], facts["z"], facts["t"]) < 1 or not facts["levels"]:
            raise ValueError("a picture has planes")
        if facts["samples"] * facts["images"] > 2**16:
            raise ValueError("no picture has so many channels")
        np.dtype(facts["dtype"])
        self.facts = facts


def _largest(series: list[dict[str, Any]]) -> int:
    real = [number for number, one in enumerate(series) if not one["thumbnail"]] or list(range(len(series)))
    return max(real, key=lambda number: series[number]["levels"][0][0] * series[number]["levels"][0][1])


def _auxiliary(series: list[dict[str, Any]], main: int) -> Iterator[tuple[str, int]]:
    """Yield the other pictures: by the word in their name, else by their number."""
    seen: set[str] = set()
    for number, one in enumerate(series):
        width, height = one["levels"][0][:2]
        if number == main or width * height > _MAX_ASSOCIATED_PX or len(seen) >= _MOST_ASSOCIATED:
            continue
        name = next((word for word in _ASSOCIATED if word in one["name"].lower()), f"image-{number + 1}")
        name = "macro" if name == "overview" else name
        if name in seen:
            name = f"image-{number + 1}"
        seen.add(name)
        yield name, number


def _info(
    path: Path, facts: dict[str, Any], series: dict[str, Any], associated: tuple[AssociatedInfo, ...]
) -> tuple[SlideInfo, list[int]]:
    """Return the slide's facts, and for each of its levels the number that Bio-Formats gives it."""
    count = series["samples"] * series["images"]
    rgb = series["dtype"] == "uint8" and series["images"] == 1 and series["samples"] == 3
    if np.dtype(series["dtype"]).kind not in "uif":
        raise UnsupportedFormat("The file's pixels are of a kind that slides do not have.")
    levels = list(_levels(series["levels"]))
    mpp_x, mpp_y, z_um = (value if value is not None and 1e-4 <= value <= 1e3 else None for value in series["mpp"])
    objective, bits = series["objective"], series["bits"]
    info = SlideInfo(
        format=BioFormatsFormat.name,
        levels=tuple(level for level, _ in levels),
        dtype=np.dtype(series["dtype"]).name,
        rgb=rgb,
        channels=RGB_CHANNELS if rgb else tuple(_channels(series["channels"], series["images"], series["samples"])),
        files=_files(path, facts["files"]),
        z_count=series["z"],
        t_count=series["t"],
        z_spacing_um=z_um if series["z"] > 1 else None,
        mpp_x=mpp_x if mpp_y is not None else None,
        mpp_y=mpp_y if mpp_x is not None else None,
        objective=objective if objective is not None and 0 < objective < 1000 else None,
        bit_depth=bits if 0 < bits < np.dtype(series["dtype"]).itemsize * 8 else None,
        scanner=facts["scanner"] if facts["scanner"] not in ("", "None", "Unknown") else None,
        scanned_at=series["acquired"] or None,
        background=(255, 255, 255) if rgb else (0, 0, 0),
        associated=associated,
        metadata={
            "bioformats.Format": str(facts["format"]),
            **{f"bioformats.{key}": str(value) for key, value in facts["metadata"].items()},
        },
    )
    if len(info.channels) != count:
        raise ValueError("a channel for each sample")
    return info, [number for _, number in levels]


def _files(path: Path, used: list[str]) -> tuple[str, ...]:
    """Return all files of the slide, the one that was opened first."""
    others = sorted(name for name in set(used) if name != path.name and (path.parent / name).is_file())
    return (path.name, *others)


def _levels(stored: list[list[int]]) -> Iterator[tuple[LevelInfo, int]]:
    """Yield the levels that are smaller copies of the first; others are no levels of a pyramid."""
    base_width, base_height = stored[0][:2]
    last = 0
    for number, (width, height, tile_width, tile_height) in enumerate(stored):
        if number and (width >= last or abs((base_width / width) / (base_height / height) - 1) > 0.05):
            continue
        last = width
        yield LevelInfo(width, height, min(tile_width or width, width), min(tile_height or height, height)), number


def _channels(described: list[dict[str, Any]], images: int, samples: int) -> Iterator[ChannelInfo]:
    """Yield a channel for each sample of each image; the samples of one image share its name."""
    for number in range(images * samples):
        image = number // samples if len(described) == images else number
        one: dict[str, Any] = described[image] if image < len(described) else {"name": "", "colour": None}
        given = str(one["name"]).strip() or f"Channel {number + 1}"
        if samples > 1 and len(described) == images:
            given = f"{given} {number % samples + 1}"
        emission, colour = one.get("emission_nm"), one["colour"]
        chosen = colour_for(number, given, emission, alone=images * samples == 1)
        if colour is not None and any(colour) and samples == 1:
            chosen = hex_colour(*colour)
        yield ChannelInfo(given, chosen, emission, one.get("excitation_nm"))
