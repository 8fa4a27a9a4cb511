"""One slide of several TIFF files, each of which holds one channel of it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from coverslip.core.errors import SlideUnreadable
from coverslip.imaging.formats.channel_colours import colour_for
from coverslip.imaging.formats.channel_names import channel_groups, channel_of
from coverslip.imaging.formats.tiff_slide import TiffSlide
from coverslip.ports.format import ChannelInfo, Slide, SlideInfo, StoredLevel


def joined(slide: Slide, path: Path, open_one: Callable[[Path], Slide]) -> Slide:
    """Return the slide that a file is a channel of, else the slide that it is by itself.

    The others of its group (see :mod:`coverslip.imaging.formats.channel_names`) must each be one
    grey plane of the same size, levels, type, scale and compression; if a single one is not, none
    is joined.

    Parameters
    ----------
    slide : Slide
        The file, open; closed with what is returned.
    path : pathlib.Path
    open_one : callable
        Opens another file by itself.
    """
    if channel_of(path.name) is None or not isinstance(slide, TiffSlide) or not _is_channel(slide.info):
        return slide
    names = _group(path)
    members: list[TiffSlide] = []
    try:
        for name in names:
            member = slide if name == path.name else open_one(path.parent / name)
            if not isinstance(member, TiffSlide):
                member.close()
                break
            members.append(member)
            if not _fit(slide, member):
                break
        else:
            if members:
                return _composite(members, names.index(path.name), names)
    except (SlideUnreadable, OSError):
        pass  # what is damaged says so by itself
    for member in members:
        if member is not slide:
            member.close()
    return slide


def _group(path: Path) -> list[str]:
    """Return the files that may belong together with one, in the order of their channels; none, or that one too."""
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - names, no objects
    except OSError:
        return []
    return next((group for group in channel_groups(names) if path.name in group), [])


def _is_channel(info: SlideInfo) -> bool:
    return not info.rgb and len(info.channels) == info.z_count == info.t_count == len(info.files) == 1


def _fit(slide: TiffSlide, other: TiffSlide) -> bool:
    ours, theirs = slide.info, other.info
    same = all(getattr(ours, name) == getattr(theirs, name) for name in ("format", "levels", "dtype", "mpp_x", "mpp_y"))
    if not same or not _is_channel(theirs):
        return False
    return all(
        mine.codec == its.codec and mine.bottom_height == its.bottom_height and mine.offset.shape == its.offset.shape
        for mine, its in zip(slide.stored_tiles() or (), other.stored_tiles() or (), strict=True)
    )


def _composite(members: Sequence[TiffSlide], opened: int, names: Sequence[str]) -> TiffSlide:
    """Lay the tables of all members side by side along the channels; the opened file comes first in ``files``."""
    numbers = [0 if number == opened else number + (number < opened) for number in range(len(members))]
    files = [name for _, name in sorted(zip(numbers, names, strict=True))]
    stored = tuple(
        _level(levels, numbers) for levels in zip(*(one.stored_tiles() or () for one in members), strict=True)
    )
    labels = [channel.label for name in names if (channel := channel_of(name)) is not None]
    info = members[opened].info
    whole = replace(
        info,
        channels=tuple(ChannelInfo(label, colour_for(number, label)) for number, label in enumerate(labels)),
        files=tuple(files),
        associated=(),
        metadata={**info.metadata, "composite.Channels": ", ".join(names)},
    )
    ordered = [member for _, member in sorted(zip(numbers, members, strict=True), key=lambda pair: pair[0])]
    return TiffSlide([file for member in ordered for file in member.files], whole, stored, {})


def _level(levels: Sequence[StoredLevel], numbers: Sequence[int]) -> StoredLevel:
    file_no = [np.full(level.offset.shape, number, np.uint16) for level, number in zip(levels, numbers, strict=True)]
    return StoredLevel(
        levels[0].codec,
        np.concatenate([level.offset for level in levels], axis=2),
        np.concatenate([level.length for level in levels], axis=2),
        np.concatenate(file_no, axis=2),
        levels[0].bottom_height,
    )
