"""What the XML of a CZI says: scale, objective, channels, scan date."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coverslip.core.errors import CorruptFile
from coverslip.imaging.formats.channel_colours import colour_for
from coverslip.ports.format import ChannelInfo

MAX_XML_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 4000
_SECTIONS = ("Information", "Scaling", "DisplaySetting", "AttachmentInfos", "CustomAttributes")


@dataclass(frozen=True, slots=True)
class CziFacts:
    """Facts of a CZI; see ``ports.format.SlideInfo`` for their units."""

    mpp_x: float | None
    mpp_y: float | None
    z_spacing_um: float | None
    objective: float | None
    scanner: str | None
    scanned_at: str | None
    bit_depth: int | None
    channels: tuple[ChannelInfo, ...]
    metadata: dict[str, str]


def read_facts(xml: str) -> CziFacts:
    """Read the facts of a CZI from its XML.

    Raises
    ------
    CorruptFile
        The XML is broken, hostile, or larger than any.
    """
    root = _parsed(xml)
    image = root.find("Information/Image")
    return CziFacts(
        mpp_x=_distance_um(root, "X"),
        mpp_y=_distance_um(root, "Y"),
        z_spacing_um=_distance_um(root, "Z"),
        objective=_positive(_text(root, "Information/Instrument/Objectives/Objective/NominalMagnification")),
        scanner=_scanner(root),
        scanned_at=_text(image, "AcquisitionDateAndTime"),
        bit_depth=int(_positive(_text(image, "ComponentBitCount")) or 0) or None,
        channels=tuple(_channels(root)),
        metadata=dict(itertools.islice(_sections(root), MAX_ENTRIES)),
    )


def _parsed(xml: str) -> Any:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(xml) > MAX_XML_BYTES:
        raise CorruptFile("The file is damaged: its description is larger than any slide's.")
    try:
        document = fromstring(xml)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise CorruptFile("The file is damaged: its description makes no sense.") from error
    root = document.find("Metadata")
    return document if root is None else root


def _text(element: Any, path: str) -> str | None:
    found = None if element is None else element.findtext(path)
    return found.strip() or None if found else None


def _positive(value: str | None) -> float | None:
    try:
        number = float(value or 0)
    except ValueError:
        return None
    return number if 0 < number < 1e12 else None


def _distance_um(root: Any, axis: str) -> float | None:
    for distance in root.iterfind("Scaling/Items/Distance"):
        if distance.get("Id") == axis:
            metres = _positive(_text(distance, "Value"))
            return None if metres is None or not 1e-12 < metres < 1e-1 else round(metres * 1e6, 12)
    return None


def _scanner(root: Any) -> str | None:
    microscope = root.find("Information/Instrument/Microscopes/Microscope")
    if microscope is None:
        return None
    name: str | None = microscope.get("Name") or _text(microscope, "System")
    return name


def _channels(root: Any) -> Iterator[ChannelInfo]:
    shown = {one.get("Id"): one for one in root.iterfind("DisplaySetting/Channels/Channel")}
    listed = list(root.iterfind("Information/Image/Dimensions/Channels/Channel")) or list(shown.values())
    for number, one in enumerate(listed):
        display = shown.get(one.get("Id"))
        name = one.get("Name") or (display.get("Name") if display is not None else None) or f"Channel {number + 1}"
        emission = _positive(_text(one, "EmissionWavelength"))
        stated = _colour(_text(one, "Color")) or _colour(_text(display, "Color"))
        yield ChannelInfo(
            name[:200],
            stated or colour_for(number, f"{name} {_text(one, 'Fluor') or ''}", emission, alone=len(listed) == 1),
            emission,
            _positive(_text(one, "ExcitationWavelength")),
        )


def _colour(value: str | None) -> str | None:
    """Return ``#rrggbb`` for Zeiss's ``#AARRGGBB`` or ``#RRGGBB``."""
    digits = (value or "").lstrip("#").lower()
    if len(digits) not in (6, 8) or any(digit not in "0123456789abcdef" for digit in digits):
        return None
    return f"#{digits[-6:]}"


def _sections(root: Any) -> Iterator[tuple[str, str]]:
    for name in _SECTIONS:
        section = root.find(name)
        if section is not None:
            yield from _flat(section, f"czi.{name}", 0)


def _flat(element: Any, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        yield f"{prefix}.{key}", str(value)[:4096]
    text = (element.text or "").strip()
    if text:
        yield prefix, text[:4096]
    if depth > 20:
        return
    repeated: dict[str, int] = {}
    for child in element:
        repeated[child.tag] = repeated.get(child.tag, 0) + 1
    seen: dict[str, int] = {}
    for child in element:
        number = seen.get(child.tag, 0)
        seen[child.tag] = number + 1
        suffix = f"[{number}]" if repeated[child.tag] > 1 else ""
        yield from _flat(child, f"{prefix}.{child.tag}{suffix}", depth + 1)
