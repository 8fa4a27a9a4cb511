"""What a DICOM slide says about itself, apart from its pixels."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as DicomSequence

from coverslip.imaging.formats.channel_colours import colour_for, hex_colour
from coverslip.imaging.formats.dicom_instance import Instance, text, whole
from coverslip.ports.format import ChannelInfo

MAX_VALUE_CHARACTERS = 4096
MAX_ENTRIES = 4000
_AGREEMENT = 0.05
_BRIGHTFIELD_CODE = "111744"


def pixel_size_um(instance: Instance) -> tuple[float | None, float | None]:
    """Return micrometres per pixel along x and y.

    From PixelSpacing. Some files state only the imaged volume: it counts when both directions give
    nearly square pixels, since writers without a scale fill in round numbers there.
    """
    try:
        measures = instance.dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        row_mm, column_mm = (float(value) for value in measures.PixelSpacing)
        if 0 < row_mm < 10 and 0 < column_mm < 10:
            return round(column_mm * 1000, 9), round(row_mm * 1000, 9)
    except (AttributeError, IndexError, TypeError, ValueError):
        pass
    try:
        x = float(instance.dataset.ImagedVolumeWidth) / instance.width * 1000
        y = float(instance.dataset.ImagedVolumeHeight) / instance.height * 1000
    except (AttributeError, TypeError, ValueError):
        return None, None
    return (x, y) if x > 0 and y > 0 and abs(x / y - 1) <= _AGREEMENT else (None, None)


def objective(instance: Instance) -> float | None:
    """Return the nominal magnification, 20 for 20x."""
    for path in _optical_paths(instance.dataset):
        try:
            power = float(path.ObjectiveLensPower)
        except (AttributeError, TypeError, ValueError):
            continue
        if 0 < power < 1000:
            return power
    return None


def icc_profile(instance: Instance) -> bytes | None:
    """Return the profile of the first optical path, or of the file."""
    for holder in (*_optical_paths(instance.dataset), instance.dataset):
        profile = holder.get("ICCProfile")
        if isinstance(profile, bytes) and len(profile) > 128:
            return profile
    return None


def is_brightfield(instance: Instance) -> bool:
    """Whether light passes through the specimen, so that empty parts are white."""
    for path in _optical_paths(instance.dataset):
        for code in path.get("IlluminationTypeCodeSequence") or ():
            if str(code.get("CodeValue", "")) == _BRIGHTFIELD_CODE:
                return True
    return False


def scanned_at(instance: Instance) -> str | None:
    """Return the time of acquisition as ISO 8601 text, without a zone where the file has none."""
    value = text(instance.dataset, "AcquisitionDateTime")
    if len(value) < 8 or not value[:8].isdigit():
        return None
    day = f"{value[:4]}-{value[4:6]}-{value[6:8]}"
    clock = value[8:14]
    if len(clock) < 6 or not clock.isdigit():
        return day
    zone = value[-5:] if len(value) > 18 and value[-5] in "+-" else ""
    return f"{day}T{clock[:2]}:{clock[2:4]}:{clock[4:6]}" + (f"{zone[:3]}:{zone[3:]}" if zone else "")


def channels(instance: Instance, paths: Sequence[str], *, colour: bool) -> tuple[ChannelInfo, ...]:
    """Return a channel for each optical path, or the three of a colour image."""
    if colour:
        names = (("Red", "#ff0000"), ("Green", "#00ff00"), ("Blue", "#0000ff"))
        return tuple(ChannelInfo(name, shade) for name, shade in names)
    described = {str(path.get("OpticalPathIdentifier", "")): path for path in _optical_paths(instance.dataset)}
    found = []
    for number, identifier in enumerate(paths):
        path = described.get(identifier, Dataset())
        name = text(path, "OpticalPathDescription") or _light_name(path) or f"Channel {identifier or number + 1}"
        wavelength = _wavelength(path)
        shade = _palette_top(path) or colour_for(number, name, alone=len(paths) == 1)
        found.append(ChannelInfo(name, shade, excitation_nm=wavelength))
    return tuple(found)


def _optical_paths(dataset: Dataset) -> tuple[Dataset, ...]:
    paths = dataset.get("OpticalPathSequence")
    return tuple(paths) if isinstance(paths, DicomSequence) else ()


def _light_name(path: Dataset) -> str:
    for code in path.get("IlluminationColorCodeSequence") or ():
        return text(code, "CodeMeaning")
    return ""


def _wavelength(path: Dataset) -> float | None:
    try:
        value = float(path.IlluminationWaveLength)
    except (AttributeError, TypeError, ValueError):
        return None
    return value if value > 0 else None


def _palette_top(path: Dataset) -> str | None:
    """Return the brightest colour of the optical path's own palette."""
    import numpy as np
    from pydicom.pixels import apply_color_lut

    if not path.get("PaletteColorLookupTableSequence"):
        return None
    try:
        table = path.PaletteColorLookupTableSequence[0]
        red, green, blue = apply_color_lut(np.array([[255]], np.uint8), table)[0, 0, :3]
        shift = 8 if int(table.RedPaletteColorLookupTableDescriptor[2]) == 16 else 0
    except Exception:  # noqa: BLE001 - a damaged palette must not cost the slide; another colour does as well
        return None
    return hex_colour(int(red) >> shift, int(green) >> shift, int(blue) >> shift)


def metadata(instance: Instance) -> dict[str, str]:
    """Return every attribute as flat text, ``dicom.OpticalPathSequence[0].ObjectiveLensPower`` -> ``20``."""
    found = dict(_flat(instance.dataset.file_meta, "dicom"))
    for key, value in _flat(instance.dataset, "dicom"):
        if len(found) >= MAX_ENTRIES:
            break
        found[key] = value
    return found


def _flat(dataset: Dataset, prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    for tag in sorted(dataset.keys()):
        try:
            element = dataset[tag]
            value = element.value
        except Exception:  # noqa: BLE001, S112 - a value that cannot be read is left out of the list
            continue
        key = f"{prefix}.{element.keyword or f'{tag:08X}'}"
        if isinstance(value, DicomSequence):
            if depth < 8:
                for number, item in enumerate(value):
                    yield from _flat(item, f"{key}[{number}]", depth + 1)
        elif isinstance(value, MultiValue):
            for number, one in enumerate(value[:64]):
                yield f"{key}[{number}]", _shown(one)
        else:
            yield key, _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return str(value).strip("\0 ")[:MAX_VALUE_CHARACTERS]


def bits_stored(instance: Instance) -> int:
    """Return the significant bits of a sample."""
    allocated = whole(instance.dataset, "BitsAllocated")
    stored = whole(instance.dataset, "BitsStored", allocated)
    return stored if 0 < stored <= allocated else allocated
