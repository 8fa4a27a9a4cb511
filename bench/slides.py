"""Large pyramidal slides out of the tissue of a small real one.

The texture is mirrored in both axes, so that no seam shows, and repeated up to the wanted size.
A tile's pixels therefore recur, and each distinct tile is compressed once; but every tile is
*written* at its own place, so that the page cache is not flattered.

Two layouts: ``generic`` (BigTIFF, 256 px tiles, YCbCr 4:2:0, a level for each halving) and
``aperio`` (240 px tiles, RGB 4:4:4, levels 1, 4, 16 and 64, a thumbnail, an Aperio description).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import imagecodecs
import numpy as np
import tifffile

Layout = Literal["generic", "aperio"]
Pixels = np.ndarray[Any, np.dtype[np.uint8]]
_QUALITY = 80
_MPP = 0.25
_ALIGNMENT = 64  # the texture's sides are multiples of this, so that coarse levels recur too


@dataclass(frozen=True)
class Wanted:
    """A slide to make: its layout, size in pixels and where the texture starts."""

    name: str
    layout: Layout
    width: int
    height: int
    shift: int = 0

    @property
    def tile(self) -> int:
        """Side of a stored tile in pixels."""
        return 256 if self.layout == "generic" else 240

    @property
    def factors(self) -> list[int]:
        """Downsampling factors of the stored levels, finest first."""
        step, largest = (2, self.tile) if self.layout == "generic" else (4, 4000)
        found = [1]
        while max(self.width, self.height) // found[-1] > largest:
            found.append(found[-1] * step)
        return found


def make(wanted: Wanted, texture: Path, folder: Path) -> Path:
    """Write the slide once and return its path; a slide that is there already stays."""
    suffix = ".tif" if wanted.layout == "generic" else ".svs"
    path = folder / f"{wanted.name}{suffix}"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    block = _mirrored(tifffile.imread(texture, key=0), wanted.shift)
    unfinished = path.with_suffix(".part")
    try:
        _write(wanted, block, unfinished)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    os.sync()  # pages that are not on disk yet cannot be dropped before a cold run
    return path


def drop_from_page_cache(path: Path) -> None:
    """Make the next read of the file a read of the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _mirrored(texture: Pixels, shift: int) -> Pixels:
    height, width = (side // _ALIGNMENT * _ALIGNMENT for side in texture.shape[:2])
    half = texture[:height, :width, :3]
    half = np.concatenate([half, half[:, ::-1]], axis=1)
    whole = np.concatenate([half, half[::-1]], axis=0)
    return np.ascontiguousarray(np.roll(whole, (shift, shift), axis=(0, 1)))


def _write(wanted: Wanted, block: Pixels, path: Path) -> None:
    generic = wanted.layout == "generic"
    options: dict[str, Any] = {
        "compression": "jpeg",
        "dtype": np.uint8,
        "metadata": None,
        "photometric": "ycbcr" if generic else "rgb",
        "planarconfig": "contig",
        "resolution": (10_000 / _MPP, 10_000 / _MPP),
        "resolutionunit": "CENTIMETER",
        "software": False,
        "tile": (wanted.tile, wanted.tile),
    }
    if generic:
        options["subsampling"] = (2, 2)
    else:
        options["compressionargs"] = {"outcolorspace": "rgb"}  # tifffile would declare YCbCr
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for factor in wanted.factors:
            width, height = -(-wanted.width // factor), -(-wanted.height // factor)
            encoder = _TileEncoder(_shrunk(block, factor), wanted.tile, generic)
            extra = {"subfiletype": 1} if generic and factor > 1 else {}
            if not generic:
                extra = {"description": _aperio_text(wanted, width, height, factor == 1)}  # type: ignore[dict-item]
            writer.write(
                encoder.tiles(width, height),
                shape=(height, width, 3),
                extratags=[(347, 7, len(encoder.tables), encoder.tables, True)],
                **options,
                **extra,
            )
            if not generic and factor == 1:
                _write_thumbnail(writer, wanted, block)


def _aperio_text(wanted: Wanted, width: int, height: int, first: bool) -> str:
    text = (
        f"Aperio Image Library v11.2.1 \r\n{wanted.width}x{wanted.height} [0,0 {wanted.width}x{wanted.height}] "
        f"({wanted.tile}x{wanted.tile}){'' if first else f' -> {width}x{height}'} JPEG/RGB Q={_QUALITY}"
    )
    return f"{text}|AppMag = 40|MPP = {_MPP:.4f}" if first else text


def _write_thumbnail(writer: tifffile.TiffWriter, wanted: Wanted, block: Pixels) -> None:
    scale = 1024 / max(wanted.width, wanted.height)
    width, height = max(1, int(wanted.width * scale)), max(1, int(wanted.height * scale))
    rows = (np.arange(height) / scale).astype(int) % block.shape[0]
    cols = (np.arange(width) / scale).astype(int) % block.shape[1]
    writer.write(
        np.ascontiguousarray(block[rows[:, None], cols[None, :]]),
        photometric="rgb",
        compression="jpeg",
        compressionargs={"level": _QUALITY, "outcolorspace": "rgb"},
        metadata=None,
        software=False,
        rowsperstrip=height,
        description=_aperio_text(wanted, width, height, first=False),
    )


def _shrunk(block: Pixels, factor: int) -> Pixels:
    """Average boxes as far as the block's sides allow, then take every n-th pixel."""
    whole = min(factor, _ALIGNMENT)
    height, width = block.shape[0] // whole, block.shape[1] // whole
    boxes = block[: height * whole, : width * whole].reshape(height, whole, width, whole, 3)
    small = (boxes.mean(axis=(1, 3), dtype=np.float32) + 0.5).astype(np.uint8)
    rest = factor // whole
    return np.ascontiguousarray(small[::rest, ::rest])


class _TileEncoder:
    """Compresses each distinct tile of the endless plane that repeats a block."""

    def __init__(self, block: Pixels, tile: int, ycbcr: bool) -> None:
        self._block, self._tile, self._ycbcr = block, tile, ycbcr
        self._known: dict[tuple[int, int], bytes] = {}
        self.tables = _split(self._encode(0, 0))[0]

    def tiles(self, width: int, height: int) -> Iterator[bytes]:
        for top in range(0, height, self._tile):
            for left in range(0, width, self._tile):
                yield self._image(top % self._block.shape[0], left % self._block.shape[1])

    def _image(self, top: int, left: int) -> bytes:
        found = self._known.get((top, left))
        if found is None:
            tables, found = _split(self._encode(top, left))
            if tables != self.tables:
                raise RuntimeError("the encoder's tables changed between tiles")
            self._known[top, left] = found
        return found

    def _encode(self, top: int, left: int) -> bytes:
        rows = np.arange(top, top + self._tile) % self._block.shape[0]
        cols = np.arange(left, left + self._tile) % self._block.shape[1]
        pixels = np.ascontiguousarray(self._block[rows[:, None], cols[None, :]])
        how = ("YCBCR", "420") if self._ycbcr else ("RGB", "444")
        encoded: bytes = imagecodecs.jpeg8_encode(
            pixels, level=_QUALITY, colorspace="RGB", outcolorspace=how[0], subsampling=how[1]
        )
        return encoded


def _split(stream: bytes) -> tuple[bytes, bytes]:
    """Take a JPEG apart into its tables and an image that lacks them, as scanners store it."""
    tables, image, at = b"\xff\xd8", b"\xff\xd8", 2
    while stream[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4])
        marker = stream[at + 1]
        if marker in (0xDB, 0xC4):
            tables += stream[at:end]
        elif not 0xE0 <= marker <= 0xEF:
            image += stream[at:end]
        at = end
    return tables + b"\xff\xd9", image + stream[at:]
