"""Turns the bytes of one stored tile into pixels. Decoders are imported when first needed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from coverslip.core.errors import TileUnreadable, UnsupportedCompression
from coverslip.imaging.splice import SpliceParts, has_one_scan, splice, splice_parts
from coverslip.ports.format import Codec, ColourModel, Compression, Pixels

SCALED_FACTORS = (2, 4, 8)
MOST_SCANS = 500
"""Scans of a progressive JPEG tile: a legal one may have 80,000, and each costs a pass over the tile."""

_SCAN = b"\xff\xda"
_TOLERABLE = ("extraneous bytes before marker", "Invalid SOS parameters for sequential JPEG")
"""Complaints of libjpeg about oddities that cost no pixel; everything else is damage."""


class TileDecoder:
    """Decodes the tiles of one level; keeps what they share.

    Parameters
    ----------
    codec : Codec
    """

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.is_plain_jpeg = codec.compression is Compression.JPEG and np.dtype(codec.dtype) == np.uint8
        self._parts: SpliceParts | None = splice_parts(codec) if codec.compression is Compression.JPEG else None

    def decode(self, tile: bytes, width: int, height: int, visible: tuple[int, int] | None = None) -> Pixels:
        """Decode a whole tile.

        Parameters
        ----------
        tile : bytes
        width, height : int
            Size of the tile in pixels.
        visible : tuple of (width, height) or None
            The part of the tile that lies inside the level. Some writers cut the tiles at the
            edge; that is accepted as long as the visible part is there.

        Returns
        -------
        ndarray, shape (height, width, samples)
            In native byte order; RGB where the codec is YCbCr or a palette.

        Raises
        ------
        TileUnreadable
            The tile is damaged.
        UnsupportedCompression
        """
        if self.is_plain_jpeg and self.codec.samples in (1, 3):
            pixels = self._decode_jpeg(tile, width, height, visible)
        else:
            pixels = _fitted(self._decode_other(tile, width, height), width, height, visible)
        return _meaning(pixels, self.codec)

    def decode_scaled(self, tile: bytes, width: int, height: int, factor: int) -> Pixels:
        """Decode a JPEG tile at 1/2, 1/4 or 1/8 of its size, which skips most of the work.

        The tile's sides must be multiples of ``factor``.

        Returns
        -------
        ndarray of uint8, shape (height / factor, width / factor, samples)
        """
        pixels = self._turbo(self._alone(tile, width, height), width, height, factor)
        return _meaning(_fitted(pixels, width // factor, height // factor, None), self.codec)

    def can_scale(self, width: int, height: int, factor: int) -> bool:
        """Whether tiles of this size may be decoded at ``1/factor``."""
        plain = self.is_plain_jpeg and self.codec.samples in (1, 3)
        return plain and factor in SCALED_FACTORS and width % factor == 0 and height % factor == 0

    def _alone(self, tile: bytes, width: int, height: int) -> bytes:
        if self._parts is None:
            raise UnsupportedCompression
        if not has_one_scan(tile) and tile.count(_SCAN) > MOST_SCANS:
            raise TileUnreadable
        return splice(self._parts, tile, width, height)

    def _decode_jpeg(self, tile: bytes, width: int, height: int, visible: tuple[int, int] | None) -> Pixels:
        return _fitted(self._turbo(self._alone(tile, width, height), width, height), width, height, visible)

    def _turbo(self, jpeg: bytes, width: int, height: int, factor: int = 1) -> Pixels:
        import simplejpeg

        samples = self.codec.samples
        buffer = np.empty((height // factor, width // factor, samples), np.uint8)
        options: dict[str, Any] = {"colorspace": "RGB" if samples == 3 else "GRAY", "buffer": buffer}
        try:
            if factor > 1:
                # The decoder picks the scale by the size it should reach, so the stream must be the size we think.
                if simplejpeg.decode_jpeg_header(jpeg)[:2] != (height, width):
                    raise TileUnreadable
                options.update(min_width=width // factor, min_height=height // factor)
            # A tile that claims more than it may does not fit the buffer: refused before any decoding.
            decoded: Pixels = simplejpeg.decode_jpeg(jpeg, **options)
        except ValueError as error:
            if not any(text in str(error) for text in _TOLERABLE):
                raise TileUnreadable from error
            decoded = simplejpeg.decode_jpeg(jpeg, strict=False, **options)
        return decoded.reshape(decoded.shape[0], decoded.shape[1], samples)

    def _decode_other(self, tile: bytes, width: int, height: int) -> Pixels:
        codec = self.codec
        decoder = _DECODERS.get(codec.compression)
        if decoder is None:
            raise UnsupportedCompression
        if codec.compression is Compression.JPEG:
            tile = self._alone(tile, width, height)
        if codec.fill_order == 2 and codec.compression is not Compression.JPEG:
            tile = _imagecodecs().bitorder_decode(tile)
        try:
            return decoder(tile, codec, width, height)
        except (ValueError, RuntimeError, TypeError) as error:
            raise TileUnreadable from error


def decode(tile: bytes, codec: Codec, width: int, height: int) -> Pixels:
    """Decode one tile; where many share a codec, keep a :class:`TileDecoder` instead.

    Returns
    -------
    ndarray, shape (height, width, samples)
    """
    return TileDecoder(codec).decode(tile, width, height)


def _imagecodecs() -> Any:
    import imagecodecs

    return imagecodecs


def _fitted(pixels: Pixels, width: int, height: int, visible: tuple[int, int] | None) -> Pixels:
    found_height, found_width = pixels.shape[:2]
    if (found_width, found_height) == (width, height):
        return pixels
    need_width, need_height = visible or (width, height)
    if found_width < need_width or found_height < need_height:
        raise TileUnreadable
    pixels = pixels[:height, :width]
    missing = ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0))
    return np.pad(pixels, missing, mode="edge")


def _meaning(pixels: Pixels, codec: Codec) -> Pixels:
    if codec.colour is ColourModel.GRAY_INVERTED:
        highest = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 0
        return highest - pixels if pixels.dtype.kind == "u" else -pixels
    if codec.colour is ColourModel.PALETTE:
        table = np.frombuffer(codec.palette, np.uint8).reshape(-1, 3)
        if table.shape[0] < 256:
            table = np.pad(table, ((0, 256 - table.shape[0]), (0, 0)))
        return table[pixels[..., 0]]
    if codec.colour is ColourModel.YCBCR and codec.compression is not Compression.JPEG:
        return _rgb_of_ycbcr(pixels)
    return pixels


def _rgb_of_ycbcr(pixels: Pixels) -> Pixels:
    """Convert full-range YCbCr (JFIF) to RGB, rounding to nearest."""
    luma = pixels[..., 0].astype(np.float32)
    blue = pixels[..., 1].astype(np.float32) - 128
    red = pixels[..., 2].astype(np.float32) - 128
    rgb = np.stack((luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue), axis=-1)
    return np.clip(rgb + 0.5, 0, 255).astype(np.uint8)


def _shaped(pixels: Any, codec: Codec, width: int, height: int) -> Pixels:
    """Give decoder output its three axes and its dtype, refusing what cannot be."""
    array = np.asarray(pixels)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] < codec.samples:
        raise TileUnreadable
    wanted = np.dtype(codec.dtype).newbyteorder("=")
    if array.dtype.itemsize != wanted.itemsize:
        raise TileUnreadable
    return array[:, :, : codec.samples].view(wanted) if array.dtype != wanted else array[:, :, : codec.samples]


def _flat(data: bytes, codec: Codec, width: int, height: int) -> Pixels:
    """Lay out decompressed bytes as rows, then undo the predictor."""
    dtype = np.dtype(codec.dtype)
    row_bytes = width * codec.samples * dtype.itemsize
    if len(data) < row_bytes * height:
        # Strips that are shorter than declared hold fewer rows; the caller knows how many it needs.
        height = len(data) // row_bytes
    if height == 0:
        raise TileUnreadable
    array = np.frombuffer(data, dtype, height * width * codec.samples).reshape(height, width, codec.samples)
    if codec.predictor == 2:
        return np.asarray(_imagecodecs().delta_decode(array.astype(dtype.newbyteorder("=")), axis=1))
    if codec.predictor == 3:
        return np.asarray(_imagecodecs().floatpred_decode(array, axis=1)).astype(dtype.newbyteorder("="))
    return array.astype(dtype.newbyteorder("="), copy=False)


def _byte_count(codec: Codec, width: int, height: int) -> int:
    return width * height * codec.samples * np.dtype(codec.dtype).itemsize


def _raw(tile: bytes, codec: Codec, width: int, height: int) -> Pixels:
    return _flat(tile, codec, width, height)


def _stream(name: str) -> Callable[[bytes, Codec, int, int], Pixels]:
    """Return a decoder of a general byte stream, never unpacking more than the tile may hold."""

    def run(tile: bytes, codec: Codec, width: int, height: int) -> Pixels:
        room = _byte_count(codec, width, height)
        data = getattr(_imagecodecs(), name)(tile, out=bytearray(room))
        return _flat(bytes(data), codec, width, height)

    return run


def _image(name: str) -> Callable[[bytes, Codec, int, int], Pixels]:
    """Return a decoder of a self-describing image stream."""

    def run(tile: bytes, codec: Codec, width: int, height: int) -> Pixels:
        return _shaped(getattr(_imagecodecs(), name)(tile), codec, width, height)

    return run


def _rle(tile: bytes, codec: Codec, width: int, height: int) -> Pixels:
    dtype = np.dtype(codec.dtype).newbyteorder("=")
    data = _imagecodecs().dicomrle_decode(tile, dtype.newbyteorder("<"))
    planes = np.frombuffer(data, dtype.newbyteorder("<"))
    if planes.size < width * height * codec.samples:
        raise TileUnreadable
    stacked = planes[: width * height * codec.samples].reshape(codec.samples, height, width)
    return np.ascontiguousarray(np.moveaxis(stacked, 0, -1), dtype=dtype)


_DECODERS: dict[Compression, Callable[[bytes, Codec, int, int], Pixels]] = {
    Compression.RAW: _raw,
    Compression.JPEG: _image("jpeg_decode"),
    Compression.LJPEG: _image("jpeg_decode"),
    Compression.JPEG2000: _image("jpeg2k_decode"),
    Compression.JPEGLS: _image("jpegls_decode"),
    Compression.JPEGXR: _image("jpegxr_decode"),
    Compression.JPEGXL: _image("jpegxl_decode"),
    Compression.WEBP: _image("webp_decode"),
    Compression.LZW: _stream("lzw_decode"),
    Compression.DEFLATE: _stream("zlib_decode"),
    Compression.ZSTD: _stream("zstd_decode"),
    Compression.LZMA: _stream("lzma_decode"),
    Compression.PACKBITS: _stream("packbits_decode"),
    Compression.DICOM_RLE: _rle,
}
