"""A slide file with all that a test may want to know about it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from coverslip.imaging.build import build_index
from coverslip.imaging.index import SlideIndex, write_index
from coverslip.testing.synthetic import WrittenLevel, write_pyramid


@dataclass(frozen=True, slots=True)
class Registered:
    """A written slide.

    Attributes
    ----------
    path : pathlib.Path
        The slide.
    levels : list of WrittenLevel
        What was given to the writer.
    index : SlideIndex
    index_path : pathlib.Path
        The index on disk.
    """

    path: Path
    levels: list[WrittenLevel]
    index: SlideIndex
    index_path: Path


def write_registered(folder: Path, name: str, pixels: npt.NDArray[Any], **options: Any) -> Registered:
    """Write a pyramid as :func:`coverslip.testing.synthetic.write_pyramid` does, and index it."""
    path, index_path = folder / f"{name}.tif", folder / f"{name}.index"
    levels = write_pyramid(path, pixels, **options)
    index = build_index(path)
    write_index(index, index_path)
    return Registered(path, levels, index, index_path)
