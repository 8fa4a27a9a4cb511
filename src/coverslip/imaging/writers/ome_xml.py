"""The OME-XML of a written picture (schema 2016-06)."""

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from coverslip.core.version import __version__
from coverslip.imaging.writers.plan import About

_NAMESPACE: Final = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
_TYPES: Final = {"float16": "float", "float32": "float", "float64": "double", "bool": "uint8"}


def ome_xml(about: About, width: int, height: int) -> str:
    """Return the description of one image of ``width`` x ``height`` pixels, in the order XYCZT."""
    count = 1 if about.rgb else len(about.channels)
    sizes = {"SizeX": width, "SizeY": height, "SizeZ": about.z_count, "SizeT": about.t_count}
    sizes["SizeC"] = 3 if about.rgb else count
    physical = {"PhysicalSizeX": about.mpp_x, "PhysicalSizeY": about.mpp_y, "PhysicalSizeZ": about.z_spacing_um}
    attributes = {
        "ID": "Pixels:0",
        "DimensionOrder": "XYCZT",
        "Type": _TYPES.get(about.dtype, about.dtype),
        "BigEndian": "false",
        "Interleaved": "true" if about.rgb else "false",
        **sizes,
    }
    for name, value in physical.items():
        if value is not None:
            attributes |= {name: f"{value:.10g}", f"{name}Unit": "µm"}
    planes = "".join(
        f'<TiffData IFD="{number}" FirstC="{c}" FirstZ="{z}" FirstT="{t}" PlaneCount="1"/>'
        for number, (t, z, c) in enumerate(about.planes)
    )
    instrument, settings = _objective(about)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{_NAMESPACE}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{_NAMESPACE} {_NAMESPACE}/ome.xsd" Creator="Coverslip {__version__}">'
        f'{instrument}<Image ID="Image:0"{_named(about.name)}>{_acquired(about)}{settings}'
        f"<Pixels{_attributes(attributes)}>{_channels(about)}{planes}</Pixels></Image></OME>"
    )


def _channels(about: About) -> str:
    if about.rgb:
        return '<Channel ID="Channel:0:0" SamplesPerPixel="3"/>'
    parts: list[str] = []
    for number, channel in enumerate(about.channels):
        attributes: dict[str, object] = {"ID": f"Channel:0:{number}", "SamplesPerPixel": 1, "Name": channel.name}
        attributes["Color"] = _signed(channel.colour)
        for name, value in (
            ("EmissionWavelength", channel.emission_nm),
            ("ExcitationWavelength", channel.excitation_nm),
        ):
            if value is not None and value > 0:
                attributes |= {name: f"{value:.10g}", f"{name}Unit": "nm"}
        parts.append(f"<Channel{_attributes(attributes)}/>")
    return "".join(parts)


def _signed(colour: str) -> int:
    """Return ``#rrggbb`` as OME's RGBA in a signed number of 32 bits."""
    value = int(colour.lstrip("#"), 16) << 8 | 0xFF
    return value - 2**32 if value >= 2**31 else value


def _objective(about: About) -> tuple[str, str]:
    if about.objective is None:
        return "", ""
    lens = f'<Objective ID="Objective:0:0" NominalMagnification="{about.objective:.6g}"/>'
    return (
        f'<Instrument ID="Instrument:0">{lens}</Instrument>',
        '<InstrumentRef ID="Instrument:0"/><ObjectiveSettings ID="Objective:0:0"/>',
    )


def _acquired(about: About) -> str:
    return f"<AcquisitionDate>{escape(about.scanned_at[:19])}</AcquisitionDate>" if about.scanned_at else ""


def _named(name: str | None) -> str:
    return "" if name is None else f" Name={quoteattr(_plain(name))}"


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {name}={quoteattr(_plain(str(value)))}" for name, value in values.items())


def _plain(value: str) -> str:
    """Return text without what XML 1.0 cannot hold."""
    return "".join(
        one
        for one in value
        if one in "\t\n\r" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one > "\uffff"
    )
