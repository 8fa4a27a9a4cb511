"""ImageJ TIFF: hyperstacks with their axes, also those beyond 4 GB that have but one directory."""

import numpy as np

from coverslip.core.errors import CorruptFile, TruncatedFile
from coverslip.imaging.formats.tiff_ifd import TiffFile
from coverslip.imaging.formats.tiff_levels import (
    CHANNEL_COLOURS,
    PlanePages,
    is_rgb,
    mpp_from_resolution,
    plausible_mpp,
)
from coverslip.imaging.formats.tiff_page import Page, Segments
from coverslip.imaging.formats.tiff_slide import Draft, TiffSlide, finish, make_pages, tag_metadata
from coverslip.imaging.formats.tiff_text import hex_colour, to_count, to_float
from coverslip.ports.format import ChannelInfo

_MARK = "ImageJ="
_UNITS_UM = {
    "micron": 1.0,
    "microns": 1.0,
    "um": 1.0,
    "\u00b5m": 1.0,
    "\u03bcm": 1.0,
    "micrometer": 1.0,
    "nm": 1e-3,
    "mm": 1e3,
    "cm": 1e4,
    "inch": 25_400.0,
}
_COUNTS, _METADATA = 50838, 50839
_MAX_PLANES = 1 << 16


def is_imagej(file: TiffFile) -> bool:
    """Say whether ImageJ wrote the file."""
    return file.directories[0].text(270).startswith(_MARK)


def open_imagej(file: TiffFile) -> TiffSlide:
    """Open a file that :func:`is_imagej` recognised."""
    pages = make_pages(file.directories)
    base = pages[0]
    keys = parse_description(base.description)
    channels, slices, frames = (to_count(keys.get(name), 1) or 1 for name in ("channels", "slices", "frames"))
    images = to_count(keys.get("images"), 1) or 1
    if channels * slices * frames != images:
        channels, slices, frames = 1, images, 1
    if images > _MAX_PLANES:
        raise CorruptFile("The file is damaged: it declares more planes than any image has.")
    planes = _planes(file, pages, base, channels, slices, frames)
    draft = Draft("imagej", [planes], (frames, slices, channels))
    if not is_rgb(base):
        draft.channels = _channels(base, channels)
    mpp_x, mpp_y = _scale(base, keys.get("unit", ""))
    spacing, unit = to_float(keys.get("spacing")), _unit_um(keys.get("unit", ""))
    draft.facts = {
        "mpp_x": mpp_x,
        "mpp_y": mpp_y,
        "z_spacing_um": spacing * unit if spacing and unit and slices > 1 else None,
        "metadata": {**tag_metadata(base.directory), **{f"imagej.{key}": value for key, value in keys.items()}},
        "background": (255, 255, 255) if is_rgb(base) else (0, 0, 0),
    }
    return finish([file], draft)


def parse_description(text: str) -> dict[str, str]:
    """Return the ``key=value`` lines of an ImageJ description."""
    found: dict[str, str] = {}
    for line in text.splitlines()[:10_000]:
        key, equals, value = line.partition("=")
        if equals and key:
            found.setdefault(key.strip(), value.strip())
    return found


class ContiguousPlane(Page):
    """A plane without a directory: ImageJ leaves them out where offsets no longer fit."""

    def __init__(self, base: Page, number: int) -> None:
        # Thousands of planes share what one directory says; it is not read again for each.
        vars(self).update(vars(base))
        self._number = number

    @property
    def segments(self) -> Segments:
        """Segments of the first plane, moved by whole planes."""
        first = super().segments
        step = self.row_bytes * self.height * (self.samples if self.planar else 1)
        moved = first.offset + np.uint64(step * self._number)
        return Segments(first.tile_width, first.tile_height, first.bottom_height, moved, first.length)


def _planes(file: TiffFile, pages: list[Page], base: Page, channels: int, slices: int, frames: int) -> PlanePages:
    """Map every (t, z, c) to its image; the channel runs fastest, then the slice."""
    images = channels * slices * frames
    if len(pages) == 1 and images > 1:
        if not base.raw_rows:
            raise CorruptFile("The file is damaged: most of its planes have no directory.")
        start = int(base.segments.offset.min())
        if start + images * base.row_bytes * base.height > file.source.size:
            raise TruncatedFile(f"The file is incomplete: it declares {images} planes and ends before the last.")
        ordered: list[Page] = [ContiguousPlane(base, number) for number in range(images)]
    elif len(pages) < images:
        raise TruncatedFile(f"The file is incomplete: {len(pages)} of {images} planes are there.")
    else:
        ordered = pages[:images]
    return {
        (number // (channels * slices), number // channels % slices, number % channels): (page, 0)
        for number, page in enumerate(ordered)
    }


def _unit_um(unit: str) -> float | None:
    text = unit.encode("latin-1", "ignore").decode("unicode_escape", "ignore") if "\\u" in unit else unit
    return _UNITS_UM.get(text.strip().lower())


def _scale(base: Page, unit: str) -> tuple[float | None, float | None]:
    size_um = _unit_um(unit)
    if size_um is None or base.directory.integer(296, 2) not in {1, 2, 3}:
        return mpp_from_resolution(base) if not unit else (None, None)
    values = [base.directory.number(code) for code in (282, 283)]
    mpp_x, mpp_y = (plausible_mpp(size_um / value) if value > 0 else None for value in values)
    return (mpp_x, mpp_y) if mpp_x is not None and mpp_y is not None else (None, None)


def _channels(base: Page, count: int) -> tuple[ChannelInfo, ...]:
    """Return the channels, coloured as in ImageJ where the file says so."""
    tables = lookup_tables(base)
    if count == 1:
        return (ChannelInfo("Gray", tables[0] if tables else "#ffffff"),)
    return tuple(
        ChannelInfo(
            f"Channel {number + 1}",
            tables[number] if number < len(tables) else CHANNEL_COLOURS[number % len(CHANNEL_COLOURS)],
        )
        for number in range(count)
    )


def lookup_tables(base: Page) -> list[str]:
    """Return the brightest colour of each lookup table in ImageJ's own metadata tag."""
    order = "little" if base.directory.order == "<" else "big"
    counts = [int(value) for value in base.directory.array(_COUNTS)[:4096]]
    data = base.directory.raw(_METADATA)
    if not counts or data[:4] not in {b"IJIJ", b"JIJI"}:
        return []
    head, position, number = data[4 : counts[0]], counts[0], 1
    found: list[str] = []
    for start in range(0, len(head) - 7, 8):
        kind, amount = head[start : start + 4], int.from_bytes(head[start + 4 : start + 8], order)  # type: ignore[arg-type]  # "little" or "big"
        for size in counts[number : number + amount]:
            if kind in {b"luts", b"stul"} and size == 768 and position + 768 <= len(data):
                table = data[position : position + 768]
                found.append(hex_colour(table[255], table[511], table[767]))
            position += size
        number += amount
    return found
