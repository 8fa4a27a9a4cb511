"""What an open Bio-Formats reader tells of a file, as plain values. Runs in the Java process only."""

from collections.abc import Callable, Iterator
from typing import Any, Final

_MOST_SERIES: Final = 4096
_MOST_METADATA: Final = 2000
_LONGEST_TEXT: Final = 2000
_DTYPES: Final = {
    "int8": "int8",
    "uint8": "uint8",
    "int16": "int16",
    "uint16": "uint16",
    "int32": "int32",
    "uint32": "uint32",
    "float": "float32",
    "double": "float64",
    "bit": "uint8",
}


def facts_of(java: Callable[[str], Any], reader: Any, meta: Any, files: list[str]) -> dict[str, Any]:
    """Return the pictures of a file with everything that the parent makes a slide of.

    Parameters
    ----------
    java : callable
        Gives a Java class by its name.
    reader, meta
        An open ``IFormatReader`` and its ``OMEXMLMetadata``.
    files : list of str
    """
    count = min(int(reader.getSeriesCount()), _MOST_SERIES)
    series = [_series(java, reader, meta, number) for number in range(count)]
    return {
        "format": str(reader.getFormat()),
        "files": files,
        "series": series,
        "metadata": dict(_metadata(reader)),
        "scanner": _asked(lambda: str(meta.getMicroscopeModel(0))) if _count(meta.getInstrumentCount) else None,
    }


def _series(java: Callable[[str], Any], reader: Any, meta: Any, number: int) -> dict[str, Any]:
    reader.setSeries(number)
    levels = []
    for resolution in range(int(reader.getResolutionCount())):
        reader.setResolution(resolution)
        levels.append(
            [
                int(value())
                for value in (reader.getSizeX, reader.getSizeY, reader.getOptimalTileWidth, reader.getOptimalTileHeight)
            ]
        )
    reader.setResolution(0)
    kind = str(java("loci.formats.FormatTools").getPixelTypeString(reader.getPixelType()))
    micrometre, nanometre = java("ome.units.UNITS").MICROMETER, java("ome.units.UNITS").NANOMETER
    return {
        "name": _asked(lambda: str(meta.getImageName(number) or "")) or "",
        "thumbnail": bool(reader.isThumbnailSeries()),
        "levels": levels,
        "dtype": _DTYPES.get(kind, kind),
        "little": bool(reader.isLittleEndian()),
        "interleaved": bool(reader.isInterleaved()),
        "samples": int(reader.getRGBChannelCount()),
        "images": int(reader.getEffectiveSizeC()),
        "z": int(reader.getSizeZ()),
        "t": int(reader.getSizeT()),
        "bits": int(reader.getBitsPerPixel()),
        "mpp": [
            _length(lambda: meta.getPixelsPhysicalSizeX(number), micrometre),
            _length(lambda: meta.getPixelsPhysicalSizeY(number), micrometre),
            _length(lambda: meta.getPixelsPhysicalSizeZ(number), micrometre),
        ],
        "objective": _objective(meta, number),
        "acquired": _asked(lambda: str(meta.getImageAcquisitionDate(number).getValue())),
        "channels": [
            _channel(meta, number, channel, nanometre) for channel in range(_count(meta.getChannelCount, number))
        ],
    }


def _channel(meta: Any, number: int, channel: int, nanometre: Any) -> dict[str, Any]:
    colour = _asked(lambda: meta.getChannelColor(number, channel))
    return {
        "name": _asked(lambda: str(meta.getChannelName(number, channel) or "")) or "",
        "colour": None if colour is None else [int(colour.getRed()), int(colour.getGreen()), int(colour.getBlue())],
        "emission_nm": _length(lambda: meta.getChannelEmissionWavelength(number, channel), nanometre),
        "excitation_nm": _length(lambda: meta.getChannelExcitationWavelength(number, channel), nanometre),
    }


def _objective(meta: Any, number: int) -> float | None:
    """Return the magnification of the objective that a picture names, else of the only one there is."""
    wanted = _asked(lambda: meta.getObjectiveSettingsID(number))
    found: list[tuple[str, float]] = []
    for instrument in range(_count(meta.getInstrumentCount)):
        for one in range(_count(meta.getObjectiveCount, instrument)):
            value = _asked(meta.getObjectiveNominalMagnification, instrument, one)
            if value is None:
                value = _asked(meta.getObjectiveCalibratedMagnification, instrument, one)  # all that ND2 gives
            if value is not None:
                found.append((str(_asked(meta.getObjectiveID, instrument, one)), float(value)))
    named = [value for name, value in found if wanted is not None and name == str(wanted)]
    if named:
        return named[0]
    return found[0][1] if len(found) == 1 else None


def _metadata(reader: Any) -> Iterator[tuple[str, str]]:
    table = reader.getGlobalMetadata()
    for key in sorted(str(key) for key in table.keySet())[:_MOST_METADATA]:
        if key.isprintable() and "\ufffd" not in key:  # some readers take bytes of the file for names
            yield key[:_LONGEST_TEXT], _plain(str(table.get(key))[:_LONGEST_TEXT])


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _length(ask: Callable[[], Any], unit: Any) -> float | None:
    """Return a length in a unit; a length in pixels, or none at all, is None."""
    value = _asked(lambda: ask().value(unit))
    return None if value is None else float(value)


def _count(ask: Callable[..., Any], *at: int) -> int:
    return int(_asked(ask, *at) or 0)


def _asked(ask: Callable[..., Any], *at: int) -> Any:
    """Return what Java answers; what only describes may be absent in a hundred ways, and counts as not said."""
    try:
        return ask(*at)
    except Exception:  # noqa: BLE001 - Java's exceptions are Python's here, of any class
        return None
