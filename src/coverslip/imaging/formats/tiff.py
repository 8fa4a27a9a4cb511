"""The TIFF family: Aperio SVS, NDPI, QPTIFF, OME-TIFF, ImageJ and plain TIFF through the format door.

All of them share one parser; whichever of these formats opens a file, the flavour that the file
itself declares decides how it is read.
"""

from pathlib import Path

from coverslip.core.errors import CorruptFile
from coverslip.imaging.formats.tiff_composite import joined
from coverslip.imaging.formats.tiff_ifd import TiffFile
from coverslip.imaging.formats.tiff_imagej import is_imagej, open_imagej
from coverslip.imaging.formats.tiff_ndpi import is_ndpi, open_ndpi
from coverslip.imaging.formats.tiff_ome import is_ome, open_ome
from coverslip.imaging.formats.tiff_plain import open_plain
from coverslip.imaging.formats.tiff_qptiff import is_qptiff, open_qptiff
from coverslip.imaging.formats.tiff_svs import is_svs, open_svs
from coverslip.ports.format import Confidence, Peek, Slide, Tier

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JOINED = ("imagej", "tiff")
"""Flavours that cannot say that a slide has further files."""

_PREVIEWS = (".vsi",)
"""TIFF files that hold no more than a preview of the slide beside them."""

_FLAVOURS = (
    (is_svs, open_svs),
    (is_ndpi, open_ndpi),
    (is_qptiff, open_qptiff),
    (is_ome, open_ome),
    (is_imagej, open_imagej),
)


def open_tiff(path: Path) -> Slide:
    """Open any file of the family, with the other channels of its slide where each has a file of its own.

    Raises
    ------
    SlideUnreadable
        See :func:`open_one`.
    """
    slide = open_one(path)
    if slide.info.format in _JOINED:
        try:
            return joined(slide, path.absolute(), open_one)
        except BaseException:
            slide.close()
            raise
    return slide


def open_one(path: Path) -> Slide:
    """Open any file of the family by itself.

    Raises
    ------
    SlideUnreadable
        Or a subclass; ``UnsupportedFormat`` when the file is no TIFF or another reader's.
    """
    file = TiffFile(path)
    try:
        for recognises, opens in _FLAVOURS:
            if recognises(file):
                return opens(file)
        return open_plain(file)
    except (ArithmeticError, IndexError, KeyError, TypeError, ValueError) as error:
        # What contradicts itself in a way that no check foresaw is damage all the same.
        file.close()
        raise CorruptFile from error
    except BaseException:
        file.close()
        raise


class _Family:
    """What the formats of the family share: the door's members, told apart by four attributes."""

    name = ""
    suffixes: tuple[str, ...] = ()
    tier = Tier.GOLD
    marks: tuple[bytes, ...] = ()

    def probe(self, peek: Peek) -> Confidence:
        """Say how sure the format is, from the first 64 KiB and the name."""
        if peek.is_dir or not peek.head.startswith(_MAGIC) or peek.path.name.lower().endswith(_PREVIEWS):
            return Confidence.NONE
        if any(mark in peek.head for mark in self.marks):
            return Confidence.CERTAIN
        if peek.path.name.lower().endswith(self.suffixes):
            return Confidence.GOOD
        return Confidence.WEAK

    def open(self, path: Path) -> Slide:
        """Open the slide, see ``ports.format.Format.open``."""
        return open_tiff(path)


class SvsFormat(_Family):
    """Aperio SVS."""

    name = "svs"
    suffixes = (".svs",)
    marks = (b"Aperio Image",)


class NdpiFormat(_Family):
    """Hamamatsu NDPI."""

    name = "ndpi"
    suffixes = (".ndpi",)


class QptiffFormat(_Family):
    """PerkinElmer and Akoya QPTIFF."""

    name = "qptiff"
    suffixes = (".qptiff",)
    marks = (b"PerkinElmer-QPI-ImageDescription",)


class OmeTiffFormat(_Family):
    """OME-TIFF, classic and BigTIFF, in one file or several."""

    name = "ome_tiff"
    suffixes = (".ome.tif", ".ome.tiff", ".ome.btf", ".ome.tf2", ".ome.tf8")
    marks = (b"http://www.openmicroscopy.org/Schemas/OME",)


class ImageJFormat(_Family):
    """ImageJ hyperstacks."""

    name = "imagej"
    suffixes = ()
    marks = (b"ImageJ=",)

    def probe(self, peek: Peek) -> Confidence:
        """Say how sure the format is; OME-TIFF written by ImageJ belongs to OME-TIFF."""
        found = super().probe(peek)
        return min(found, Confidence.GOOD)


class TiffFormat(_Family):
    """Plain TIFF: pyramids, BigTIFF, strips, single images."""

    name = "tiff"
    suffixes = (".tif", ".tiff", ".btf", ".tf8", ".tf2")

    def probe(self, peek: Peek) -> Confidence:
        """Say how sure the format is; a flavour that recognises the file comes first."""
        return min(super().probe(peek), Confidence.FAIR)
