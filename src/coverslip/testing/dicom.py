"""Writes small DICOM whole slides: any tiling, any transfer syntax, several files to a series.

For tests of readers; nothing here is meant for archives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, generate_uid

from coverslip.ports.format import Pixels

RAW = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_12 = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"

_WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_NATIVE = (RAW, IMPLICIT, BIG_ENDIAN)


@dataclass(slots=True)
class Frame:
    """One tile: its compressed (or raw) bytes and, for sparse tilings, where it lies."""

    data: bytes
    column: int = 0
    row: int = 0
    z_mm: float = 0.0
    path: str = "0"


@dataclass(slots=True)
class WholeSlide:
    """One file of a DICOM slide, ready to be written.

    Attributes
    ----------
    frames : list of Frame
    width, height, tile_width, tile_height : int
        In pixels.
    syntax : str
        Transfer syntax.
    photometric : str
    samples, bits : int
        Samples per pixel, bits per sample.
    paths : tuple of str
        Optical paths.
    sparse : bool
        Whether positions are written per frame.
    offsets : str
        ``basic``, ``extended`` or ``none``: which offset table is written.
    series, kind : str
        SeriesInstanceUID and the third value of ImageType.
    mpp : float or None
    attributes : dict
        Further attributes; None removes one.
    """

    frames: list[Frame]
    width: int
    height: int
    tile_width: int
    tile_height: int
    syntax: str = RAW
    photometric: str = "RGB"
    samples: int = 3
    bits: int = 8
    paths: tuple[str, ...] = ("0",)
    sparse: bool = False
    offsets: str = "basic"
    series: str = "1.2.3.4"
    kind: str = "VOLUME"
    mpp: float | None = 0.5
    attributes: dict[str, Any] = field(default_factory=dict)


def tiles_of(pixels: Pixels, tile_width: int, tile_height: int) -> list[Pixels]:
    """Cut an image of shape (height, width, ...) into full tiles, row by row, filled with zeros."""
    found = []
    for top in range(0, pixels.shape[0], tile_height):
        for left in range(0, pixels.shape[1], tile_width):
            piece = pixels[top : top + tile_height, left : left + tile_width]
            tile = np.zeros((tile_height, tile_width, *pixels.shape[2:]), pixels.dtype)
            tile[: piece.shape[0], : piece.shape[1]] = piece
            found.append(tile)
    return found


def whole_slide(
    images: Sequence[Pixels], tile: tuple[int, int], encode: Callable[[Pixels], bytes] | None = None, **facts: Any
) -> WholeSlide:
    """Cut images into frames.

    Parameters
    ----------
    images : sequence of ndarray, shape (height, width) or (height, width, 3)
        One for each focal plane and optical path, planes fastest.
    tile : tuple of int
        (width, height) of a frame.
    encode : callable or None
        Compresses one frame; None for raw bytes.
    **facts
        Further fields of :class:`WholeSlide`.

    Returns
    -------
    WholeSlide
        Its frames carry positions, so it can be written TILED_FULL or sparse.
    """
    first = images[0]
    paths, sparse_z = facts.get("paths", ("0",)), facts.pop("z_mm", (0.0,))
    frames = []
    for number, image in enumerate(images):
        cols = -(-first.shape[1] // tile[0])
        for position, piece in enumerate(tiles_of(image, *tile)):
            data = (encode or (lambda one: one.tobytes()))(piece)
            path, z = paths[number // len(sparse_z) % len(paths)], sparse_z[number % len(sparse_z)]
            frames.append(Frame(data, position % cols * tile[0], position // cols * tile[1], z, path))
    facts.setdefault("photometric", "RGB" if first.ndim == 3 else "MONOCHROME2")
    facts.setdefault("samples", 3 if first.ndim == 3 else 1)
    facts.setdefault("bits", 8 * first.dtype.itemsize)
    if len(sparse_z) > 1:
        facts.setdefault("attributes", {}).setdefault("TotalPixelMatrixFocalPlanes", len(sparse_z))
    return WholeSlide(frames, first.shape[1], first.shape[0], *tile, **facts)


def write(slide: WholeSlide, path: Path) -> Path:
    """Write a file and return its path."""
    dataset = _dataset(slide)
    for keyword, value in slide.attributes.items():
        if value is None:
            if keyword in dataset:
                delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    little, implicit = slide.syntax != BIG_ENDIAN, slide.syntax == IMPLICIT
    dataset.save_as(path, enforce_file_format=True, little_endian=little, implicit_vr=implicit)
    return path


def _dataset(slide: WholeSlide) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(slide.syntax)
    dataset.file_meta.MediaStorageSOPClassUID = UID(_WHOLE_SLIDE)
    dataset.SOPClassUID = UID(_WHOLE_SLIDE)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = UID("1.2.3"), UID(slide.series)
    dataset.FrameOfReferenceUID = UID("1.2.3.5")
    dataset.Modality, dataset.PatientID, dataset.PatientName = "SM", "", ""
    dataset.StudyDate = dataset.StudyTime = dataset.StudyID = dataset.AccessionNumber = ""
    dataset.PatientBirthDate = dataset.PatientSex = dataset.ReferringPhysicianName = ""
    dataset.ImageType = ["ORIGINAL", "PRIMARY", slide.kind, "NONE"]
    dataset.Manufacturer, dataset.ManufacturerModelName = "Coverslip", "Test writer"
    dataset.Rows, dataset.Columns = slide.tile_height, slide.tile_width
    dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns = slide.height, slide.width
    dataset.NumberOfFrames = len(slide.frames)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = slide.samples, slide.photometric
    if slide.samples > 1:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = slide.bits
    dataset.HighBit, dataset.PixelRepresentation = slide.bits - 1, 0
    dataset.DimensionOrganizationType = "TILED_SPARSE" if slide.sparse else "TILED_FULL"
    dataset.TotalPixelMatrixFocalPlanes, dataset.NumberOfOpticalPaths = 1, len(slide.paths)
    dataset.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    dataset.TotalPixelMatrixOriginSequence = DicomSequence([_item(XOffsetInSlideCoordinateSystem=20.0)])
    dataset.TotalPixelMatrixOriginSequence[0].YOffsetInSlideCoordinateSystem = 40.0
    dataset.OpticalPathSequence = DicomSequence([_optical_path(name) for name in slide.paths])
    dataset.SharedFunctionalGroupsSequence = DicomSequence([_shared(slide)])
    if slide.mpp is not None:
        dataset.ImagedVolumeWidth = slide.width * slide.mpp / 1000
        dataset.ImagedVolumeHeight = slide.height * slide.mpp / 1000
    if slide.sparse:
        dataset.PerFrameFunctionalGroupsSequence = DicomSequence([_position(frame) for frame in slide.frames])
    _add_pixels(dataset, slide)
    return dataset


def _add_pixels(dataset: Dataset, slide: WholeSlide) -> None:
    data = [frame.data for frame in slide.frames]
    if slide.syntax in _NATIVE:
        joined = b"".join(data)
        dataset.PixelData = joined + bytes(len(joined) % 2)
    elif slide.offsets == "extended":
        packed = encapsulate_extended(data)
        dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = packed
    else:
        dataset.PixelData = encapsulate(data, has_bot=slide.offsets == "basic")
    dataset["PixelData"].VR = "OB" if slide.bits == 8 or slide.syntax not in _NATIVE else "OW"
    if slide.syntax not in _NATIVE:
        dataset["PixelData"].is_undefined_length = True


def _item(**values: Any) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _optical_path(name: str) -> Dataset:
    kind = _item(CodeValue="111743", CodingSchemeDesignator="DCM", CodeMeaning="Epifluorescence illumination")
    path = _item(OpticalPathIdentifier=name, IlluminationWaveLength=488.0, OpticalPathDescription=f"Path {name}")
    path.IlluminationTypeCodeSequence = DicomSequence([kind])
    path.ObjectiveLensPower = "20"
    return path


def _shared(slide: WholeSlide) -> Dataset:
    shared = Dataset()
    if slide.mpp is not None:
        spacing = _item(PixelSpacing=[slide.mpp / 1000] * 2, SliceThickness=0.001, SpacingBetweenSlices=0.002)
        shared.PixelMeasuresSequence = DicomSequence([spacing])
    return shared


def _position(frame: Frame) -> Dataset:
    place = _item(
        ColumnPositionInTotalImagePixelMatrix=frame.column + 1,
        RowPositionInTotalImagePixelMatrix=frame.row + 1,
        XOffsetInSlideCoordinateSystem=20.0,
        YOffsetInSlideCoordinateSystem=40.0,
        ZOffsetInSlideCoordinateSystem=frame.z_mm,
    )
    item = Dataset()
    item.PlanePositionSlideSequence = DicomSequence([place])
    item.OpticalPathIdentificationSequence = DicomSequence([_item(OpticalPathIdentifier=frame.path)])
    return item
