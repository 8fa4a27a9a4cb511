"""The library's way in: ``coverslip.open_slide(path)``."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy.typing as npt

from coverslip.core.errors import InvalidRequest, NotFound
from coverslip.core.geometry import Plane
from coverslip.imaging.build import build_index
from coverslip.imaging.colour import to_srgb
from coverslip.imaging.index import SlideIndex
from coverslip.imaging.picture import thumbnail
from coverslip.imaging.render import View, Window, read_window
from coverslip.imaging.sampling import Grid, TilePlace
from coverslip.imaging.scale import scale_for
from coverslip.imaging.work import open_slide_of
from coverslip.ports.format import Pixels, SlideInfo

MOST_THREADS = 4


def open_slide(path: str | os.PathLike[str]) -> "OpenedSlide":
    """Open a slide: a file, or the folder of a DICOM series or Zarr image.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    OpenedSlide
        Use it in a ``with`` block, or close it.

    Raises
    ------
    SlideUnreadable
        Or a subclass of it; its message says why in one sentence.

    Examples
    --------
    >>> import coverslip
    >>> with coverslip.open_slide("CMU-1-Small-Region.svs") as slide:  # doctest: +SKIP
    ...     pixels = slide.read_region(0, 0, 512, 512, objective=10)
    """
    return OpenedSlide(build_index(Path(path)))


class OpenedSlide:
    """An open slide. Not to be shared between threads; tiles of one region are decoded in several."""

    def __init__(self, index: SlideIndex) -> None:
        threads = min(MOST_THREADS, len(os.sched_getaffinity(0)))
        self._view = View(index, open_slide_of(index, threads))

    @property
    def info(self) -> SlideInfo:
        """Everything about the slide but its pixels."""
        return self._view.info

    @property
    def index(self) -> SlideIndex:
        """The slide's table of contents: served levels, version, places of tiles."""
        return self._view.index

    def read_region(
        self,
        x: float,
        y: float,
        width: int,
        height: int,
        *,
        mpp: float | None = None,
        objective: float | None = None,
        level: int | None = None,
        plane: int = 0,
        time: int = 0,
        channels: Sequence[int] | None = None,
        managed: bool = False,
    ) -> Pixels:
        """Read a rectangle at any scale.

        Parameters
        ----------
        x, y : float
            Top left corner in level-0 pixels; may lie outside the slide.
        width, height : int
            Pixels of the answer.
        mpp : float or None
            Micrometres per pixel of the answer.
        objective : float or None
            20 means 0.5 µm per pixel; snaps to level 0 within 10 % of the scan's own.
        level : int or None
            A stored level, 0 the finest; its pixels come as they are where ``x`` and ``y`` fall on
            them. At most one of these three; level 0 without.
        plane, time : int
            Focal plane and time point.
        channels : sequence of int or None
            Which channels, None for all; ignored for RGB slides.
        managed : bool
            Convert from the slide's colour profile to sRGB; RGB slides only.

        Returns
        -------
        ndarray, shape (height, width, channels)
            uint8 with 3 channels for RGB slides, else the file's dtype. Each pixel is the mean of
            the area it covers, taken from the coarsest level that is not coarser than asked. Outside
            the slide its background, 0 for fluorescence.

        Raises
        ------
        InvalidRequest
            The scale cannot be used, or a size is below 1.
        NotFound
            There is no such plane, time point or channel.
        TileUnreadable, TruncatedFile, SlideChanged, SlideMissing
        """
        if width < 1 or height < 1:
            raise InvalidRequest("Width and height must be at least 1.")
        scale = scale_for(self.info, mpp=mpp, objective=objective, level=level)
        wanted = self._channels(channels)
        at = self._plane(plane, time)
        pixels = read_window(self._view, Window(x, y, width, height, scale.x, scale.y), at, wanted)
        profile = self.info.icc_profile
        return to_srgb(pixels, profile) if managed and self.index.managed and profile else pixels

    def tiles(
        self,
        *,
        mpp: float | None = None,
        objective: float | None = None,
        level: int | None = None,
        size: int = 512,
        overlap: int = 0,
        mask: npt.NDArray[Any] | None = None,
        plane: int = 0,
        time: int = 0,
    ) -> Iterator[tuple[TilePlace, Pixels]]:
        """Walk over the slide tile by tile, row by row.

        Parameters
        ----------
        mpp, objective, level
            As in :meth:`read_region`.
        size : int
            Pixels of a tile along each side, overlap included.
        overlap : int
            Pixels that neighbours share.
        mask : ndarray of bool, shape (any, any), or None
            Covers the whole slide at any resolution; tiles that touch no true pixel are left out.
        plane, time : int

        Yields
        ------
        tuple of (TilePlace, ndarray of shape (size, size, channels))
        """
        scale = scale_for(self.info, mpp=mpp, objective=objective, level=level)
        at = self._plane(plane, time)
        grid = Grid(self.info.width, self.info.height, scale, size, overlap)
        for place in grid.places(mask):
            yield place, read_window(self._view, Window(place.x, place.y, size, size, scale.x, scale.y), at)

    def thumbnail(self, size: int = 1024) -> Pixels:
        """Return the whole slide as sRGB uint8, its longer side ``size`` pixels, shape (height, width, 3)."""
        return thumbnail(self._view, size)

    def associated(self, name: str) -> Pixels:
        """Return an associated image (``label``, ``macro`` ...) as uint8 RGB, shape (height, width, 3).

        ``info.associated`` lists them.

        Raises
        ------
        NotFound
            The slide has no image of that name.
        """
        if name not in {one.name for one in self.info.associated}:
            raise NotFound(f"The slide has no image named {name}.")
        return self._view.slide.associated(name)

    def close(self) -> None:
        """Release files and threads; harmless when called twice."""
        self._view.close()

    def __enter__(self) -> "OpenedSlide":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _plane(self, plane: int, time: int) -> Plane:
        if not (0 <= plane < self.info.z_count and 0 <= time < self.info.t_count):
            raise NotFound("The slide has no such focal plane or time point.")
        return Plane(plane, time)

    def _channels(self, channels: Sequence[int] | None) -> Sequence[int] | None:
        if channels is not None and not all(0 <= one < len(self.info.channels) for one in channels):
            raise NotFound("The slide has no such channel.")
        return channels
