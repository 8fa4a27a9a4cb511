"""Plain images: PNG, JPEG, WebP, BMP and JPEG 2000, shown like a slide with one level.

The coarse levels of large ones are built once into the cache, like those of any file that has only
one level.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coverslip.core.errors import CorruptFile, NotFound, TileUnreadable
from coverslip.core.geometry import Plane, Region
from coverslip.imaging.formats.image_file import ImageHeader, kind_of, read_header
from coverslip.imaging.formats.image_raster import Raster, oriented_size, stored_region, upright
from coverslip.imaging.formats.library import library
from coverslip.ports.format import ChannelInfo, Confidence, LevelInfo, Peek, Pixels, SlideInfo, StoredTiles, Tier

_FOREIGN_SUFFIXES = (".mrxs",)
"""Slides whose own file is a small JPEG: the picture in it is not the slide."""

_TOLERABLE = ("extraneous bytes before marker", "Invalid SOS parameters for sequential JPEG")
_RGB = (ChannelInfo("Red", "#ff0000"), ChannelInfo("Green", "#00ff00"), ChannelInfo("Blue", "#0000ff"))


class ImageFormat:
    """Reads plain images."""

    name = "image"
    suffixes = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".jp2", ".j2k", ".jpf", ".jpx")
    tier = Tier.BRONZE

    def reader(self) -> str:
        """Name the libraries that read it."""
        return ", ".join(map(library, ("simplejpeg", "imagecodecs", "pillow")))

    def probe(self, peek: Peek) -> Confidence:
        """Judge by the first bytes; a suffix of its own makes it surer."""
        suffix = peek.path.suffix.lower()
        if peek.is_dir or suffix in _FOREIGN_SUFFIXES or kind_of(peek.head) is None:
            return Confidence.NONE
        return Confidence.GOOD if suffix in self.suffixes else Confidence.FAIR

    def open(self, path: Path) -> "ImageSlide":
        """Open an image; pixels are unpacked when they are first asked for.

        Raises
        ------
        SlideUnreadable
            Or a subclass that names the reason.
        """
        return ImageSlide(path, read_header(path))


class ImageSlide:
    """An open image.

    Parameters
    ----------
    path : pathlib.Path
    header : ImageHeader
    """

    def __init__(self, path: Path, header: ImageHeader) -> None:
        self._path = path
        self._header = header
        self._raster: Raster | None = None
        self._descriptor: int | None = None
        self._info = _info(path, header)

    @property
    def info(self) -> SlideInfo:
        """Everything but the pixels."""
        return self._info

    def stored_tiles(self) -> StoredTiles | None:
        """Return None: the image is one piece."""
        return None

    def read(self, region: Region, level: int, plane: Plane, channels: Sequence[int] | None = None) -> Pixels:
        """Return a region, upright, flattened on white."""
        del level, plane, channels
        header = self._header
        place = stored_region(region, header.width, header.height, header.orientation)
        pixels = self._raw_rows(place) if header.raw else self._unpacked().read(place)
        return _shown(upright(pixels, header.orientation), self._info)

    def associated(self, name: str) -> Pixels:
        """Raise: a plain image has no label."""
        raise NotFound

    def close(self) -> None:
        """Release memory and files; harmless when called twice."""
        if self._raster is not None:
            self._raster.close()
            self._raster = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _unpacked(self) -> Raster:
        if self._raster is None:
            header = self._header
            shape = (header.height, header.width, header.samples)
            self._raster = Raster(shape, np.dtype(header.dtype), self._fill)
        return self._raster

    def _fill(self, out: Pixels) -> None:
        try:
            _DECODERS[self._header.kind](self._path, self._header, out)
        except (MemoryError, OSError) as error:
            if isinstance(error, OSError) and error.errno is None:  # Pillow's word for a damaged image
                raise TileUnreadable from error
            raise
        except TileUnreadable:
            raise
        except Exception as error:
            # Each codec has errors of its own for a damaged image.
            raise TileUnreadable from error

    def _raw_rows(self, place: Region) -> Pixels:
        """Read uncompressed rows of a BMP where they lie."""
        if self._header.raw is None:
            raise CorruptFile
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        offset, stride, order = self._header.raw
        depth = len(order)
        rows = []
        for row in range(place.y, place.y + place.height):
            line = row if stride > 0 else self._header.height - 1 - row
            start = offset + line * abs(stride) + place.x * depth
            data = os.pread(self._descriptor, place.width * depth, start)
            if len(data) != place.width * depth:
                raise TileUnreadable
            rows.append(np.frombuffer(data, np.uint8).reshape(place.width, depth)[:, 2::-1])
        return np.stack(rows)


def _info(path: Path, header: ImageHeader) -> SlideInfo:
    width, height = oriented_size(header.width, header.height, header.orientation)
    colour = header.samples >= 3
    dtype = "uint8" if colour else header.dtype
    return SlideInfo(
        format=ImageFormat.name,
        levels=(LevelInfo(width, height, width, height),),
        dtype=dtype,
        rgb=colour,
        channels=_RGB if colour else (ChannelInfo("Grey", "#ffffff"),),
        files=(path.name,),
        icc_profile=header.icc_profile,
        background=(255, 255, 255) if dtype == "uint8" else (0, 0, 0),
        metadata=header.metadata,
    )


def _shown(pixels: Pixels, info: SlideInfo) -> Pixels:
    """Flatten alpha on white and bring colour to 8 bits."""
    samples = pixels.shape[2]
    if samples in (2, 4):
        full = np.iinfo(pixels.dtype).max
        wide = pixels.astype(np.uint32)
        colour, alpha = wide[:, :, :-1], wide[:, :, -1:]
        pixels = ((colour * alpha + full * (full - alpha) + full // 2) // full).astype(pixels.dtype)
    if info.rgb and pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def _decode_jpeg(path: Path, header: ImageHeader, out: Pixels) -> None:
    if header.mode not in ("L", "RGB"):
        _decode_with_pillow(path, header, out)
        return
    import simplejpeg

    data = path.read_bytes()
    colours = "GRAY" if header.mode == "L" else "RGB"
    try:
        simplejpeg.decode_jpeg(data, colorspace=colours, buffer=out)
    except ValueError as error:
        if not any(words in str(error) for words in _TOLERABLE):
            raise
        simplejpeg.decode_jpeg(data, colorspace=colours, buffer=out, strict=False)


def _decode_png(path: Path, header: ImageHeader, out: Pixels) -> None:
    import imagecodecs

    del header
    imagecodecs.png_decode(path.read_bytes(), out=out if out.shape[2] > 1 else out[:, :, 0])


def _decode_webp(path: Path, header: ImageHeader, out: Pixels) -> None:
    import imagecodecs

    imagecodecs.webp_decode(path.read_bytes(), hasalpha=header.samples == 4, out=out)


def _decode_with_pillow(path: Path, header: ImageHeader, out: Pixels) -> None:
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = header.width * header.height  # its size was checked when the file was opened
    try:
        with Image.open(path) as image:
            wanted = {1: image.mode if header.dtype == "uint16" else "L", 2: "LA", 3: "RGB", 4: "RGBA"}[header.samples]
            shown = image if image.mode == wanted else image.convert(wanted)
            for top in range(0, header.height, 1024):
                bottom = min(top + 1024, header.height)
                band = np.asarray(shown.crop((0, top, header.width, bottom)))
                out[top:bottom] = band if band.ndim == 3 else band[:, :, np.newaxis]
    finally:
        Image.MAX_IMAGE_PIXELS = limit


_DECODERS = {
    "jpeg": _decode_jpeg,
    "png": _decode_png,
    "webp": _decode_webp,
    "bmp": _decode_with_pillow,
    "jp2": _decode_with_pillow,
}
