"""The table of annotation formats: names, suffixes, readers and writers, and how content tells which one it is."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from coverslip.core.exchange_errors import AnnotationFormatUnknown
from coverslip.features.annotations.exchange import (
    aperio,
    asap,
    camicroscope,
    coco,
    geojson_read,
    geojson_write,
    histomics,
    imagej,
    masks,
    ome,
    parquet,
    tables,
    viewers,
)
from coverslip.features.annotations.exchange.model import Canvas, Frame, Item, Report

Reader = Callable[[bytes, Canvas, Report], Iterator[Item]]
Writer = Callable[[Iterable[Item], Canvas, Report], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class AnnotationFormat:
    """One format.

    Attributes
    ----------
    name, title : str
    suffix, media_type : str
        Of a file that is written.
    frame : {'full', 'cropped'}
        Which plane its positions are usually in: QuPath crops to the vendor's bounds.
    read, write : callable or None
    """

    name: str
    title: str
    suffix: str
    media_type: str
    frame: Frame
    read: Reader | None
    write: Writer | None


_JSON: Final = "application/json"
_XML: Final = "application/xml"

FORMATS: Final = {
    one.name: one
    for one in (
        AnnotationFormat(
            "qupath",
            "QuPath GeoJSON",
            ".geojson",
            "application/geo+json",
            "cropped",
            geojson_read.read_geojson,
            geojson_write.write_qupath,
        ),
        AnnotationFormat(
            "geojson",
            "GeoJSON",
            ".geojson",
            "application/geo+json",
            "full",
            geojson_read.read_geojson,
            geojson_write.write_geojson,
        ),
        AnnotationFormat(
            "imagescope", "Aperio ImageScope XML", ".xml", _XML, "full", aperio.read_aperio, aperio.write_aperio
        ),
        AnnotationFormat("asap", "ASAP XML", ".xml", _XML, "full", asap.read_asap, asap.write_asap),
        AnnotationFormat(
            "histomicsui",
            "HistomicsUI JSON",
            ".anot",
            _JSON,
            "full",
            histomics.read_histomics,
            histomics.write_histomics,
        ),
        AnnotationFormat(
            "camicroscope",
            "caMicroscope JSON",
            ".json",
            _JSON,
            "full",
            camicroscope.read_camicroscope,
            camicroscope.write_camicroscope,
        ),
        AnnotationFormat("ome-xml", "OME-XML ROI", ".ome.xml", _XML, "full", ome.read_ome, ome.write_ome),
        AnnotationFormat(
            "imagej", "ImageJ ROI", ".zip", "application/zip", "full", imagej.read_imagej, imagej.write_imagej
        ),
        AnnotationFormat("coco", "COCO JSON", ".json", _JSON, "full", coco.read_coco, coco.write_coco),
        AnnotationFormat(
            "geoparquet",
            "GeoParquet",
            ".parquet",
            "application/vnd.apache.parquet",
            "full",
            parquet.read_parquet,
            parquet.write_parquet,
        ),
        AnnotationFormat(
            "csv", "CSV", ".csv", "text/csv; charset=utf-8", "full", tables.read_table, tables.write_table
        ),
        AnnotationFormat(
            "label-mask", "Label mask (TIFF, PNG)", ".tif", "image/tiff", "full", masks.read_labels, masks.write_labels
        ),
        AnnotationFormat(
            "class-mask", "Class mask (PNG)", ".png", "image/png", "full", masks.read_classes, masks.write_classes
        ),
        AnnotationFormat(
            "class-mask-tiff",
            "Class mask (TIFF)",
            ".tif",
            "image/tiff",
            "full",
            masks.read_classes,
            masks.write_classes_tiff,
        ),
        AnnotationFormat("halo", "Indica HALO annotations", ".annotations", _XML, "full", aperio.read_aperio, None),
        AnnotationFormat("sectra", "Sectra PathologyCore JSON", ".json", _JSON, "full", viewers.read_sectra, None),
        AnnotationFormat("darwin", "V7 Darwin JSON", ".json", _JSON, "full", viewers.read_darwin, None),
        AnnotationFormat("camelyon", "CAMELYON JSON", ".json", _JSON, "full", viewers.read_camelyon, None),
        AnnotationFormat("xopat", "xOpat JSON", ".json", _JSON, "full", viewers.read_xopat, None),
    )
}
IMPORTED: Final = tuple(name for name, one in FORMATS.items() if one.read is not None)
EXPORTED: Final = tuple(name for name, one in FORMATS.items() if one.write is not None)
SUFFIXES: Final = (
    ".geojson",
    ".json",
    ".xml",
    ".anot",
    ".annotations",
    ".roi",
    ".zip",
    ".parquet",
    ".geoparquet",
    ".csv",
    ".tsv",
)
"""Suffixes by which files beside slides are taken for annotations; masks are asked for by name."""

_HEAD: Final = 65_536
_QUPATH: Final = re.compile(
    rb'"(?:objectType|nucleusGeometry|isLocked|classification|Path\w+Object|PathCellDetection|TMACoreObject)"'
)


def format_named(name: str) -> AnnotationFormat:
    """Return a format by its name.

    Raises
    ------
    AnnotationFormatUnknown
    """
    found = FORMATS.get(name)
    if found is None:
        raise AnnotationFormatUnknown(f"There is no annotation format {name[:40]!r}; there are {', '.join(FORMATS)}.")
    return found


def recognised(data: bytes, file_name: str = "") -> AnnotationFormat:
    """Return the format of a file, from its content; the name decides only between tables and other text.

    Raises
    ------
    AnnotationFormatUnknown
    """
    name = _binary(data) or _text(data, file_name.lower())
    if name is None:
        raise AnnotationFormatUnknown
    return FORMATS[name]


def _binary(data: bytes) -> str | None:
    if data[:4] == b"Iout":
        return "imagej"
    if data[:4] == b"PAR1":
        return "geoparquet"
    if data[:4] in (b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "class-mask" if masks.holds_classes(data) else "label-mask"
    if data[:2] == b"PK":
        try:
            names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        # All that zipfile raises for a zip that is cut, damaged or too new: then it is none that we know.
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            return None
        return "imagej" if any(name.lower().endswith(".roi") for name in names) else None
    return None


def _text(data: bytes, file_name: str) -> str | None:
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] == b"<":
        return _xml(head)
    if head[:1] in (b"{", b"["):
        return _json(data, head)
    looks = head.partition(b"\n")[0]
    table = file_name.endswith((".csv", ".tsv", ".txt")) or any(mark in looks for mark in (b",", b"\t", b";"))
    return "csv" if table and b"\0" not in head else None


def _xml(head: bytes) -> str | None:
    if b"<ASAP_Annotations" in head:
        return "asap"
    if b"<OME" in head or b":OME" in head:
        return "ome-xml"
    if b"<Annotations" in head:
        return "halo" if b"<V X=" in head or b'Type="Polygon"' in head else "imagescope"
    return None


def _json(data: bytes, head: bytes) -> str | None:
    """Return which JSON this is, by the words that only one format has."""
    geo = b'"coordinates"' in head or b'"FeatureCollection"' in head
    for name, words in (
        ("camicroscope", (b'"geometries"', b'"provenance"')),
        ("darwin", (b'"slot_names"', b"darwin_json", b'"bounding_box"')),
        ("xopat", (b'"factoryID"', b'"presetID"')),
        ("sectra", (b'"persistentId"', b'"createdByMyInstitution"')),
    ):
        if any(word in head for word in words):
            return name
    if b'"elements"' in head and (b'"annotation"' in head or b'"name"' in head or b'"description"' in head):
        return "histomicsui"
    if geo:
        if geojson_write.FULL_PLANE in head[:200]:
            return "geojson"
        return "qupath" if _QUPATH.search(head) else "geojson"
    if b'"positive"' in head and b'"vertices"' in head:
        return "camelyon"
    if b'"annotations"' in data and (b'"categories"' in data or b'"image_id"' in data):
        return "coco"
    return None
