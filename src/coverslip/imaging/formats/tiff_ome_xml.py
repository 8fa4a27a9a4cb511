"""What OME-XML says about the images of an OME-TIFF, as plain values."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from coverslip.core.errors import CorruptFile
from coverslip.imaging.formats.tiff_levels import plausible_mpp
from coverslip.imaging.formats.tiff_text import (
    children,
    hex_colour,
    iso_time,
    local_name,
    magnification,
    parse_xml,
    to_count,
    to_float,
)
from coverslip.ports.format import ChannelInfo

MAX_PLANES = 1 << 16
_UNITS_UM = {
    "pm": 1e-6,
    "Å": 1e-4,
    "nm": 1e-3,
    "µm": 1.0,
    "μm": 1.0,
    "um": 1.0,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "in": 25_400.0,
}
_UNITS_NM = {"pm": 1e-3, "Å": 0.1, "nm": 1.0, "µm": 1e3, "μm": 1e3, "mm": 1e6}


@dataclass(frozen=True, slots=True)
class Block:
    """One TiffData element: ``count`` planes from (z, c, t) on lie in ``file`` from ``ifd`` on."""

    ifd: int
    z: int
    c: int
    t: int
    count: int | None
    file: str | None
    has_ifd: bool


@dataclass(frozen=True, slots=True)
class OmeImage:
    """One Image element.

    Attributes
    ----------
    size_x, size_y, size_z, size_t, size_c : int
        ``size_c`` counts images: the samples of one pixel are one.
    samples : int
        Samples per pixel of the first channel.
    order : str
        The order of the planes, a permutation of ``ZCT``, fastest first.
    channels : tuple of ChannelInfo
        One for each image of a pixel; the colour is empty where the file gives none.
    blocks : tuple of Block
        Empty where the planes follow each other in the file that was opened.
    """

    name: str
    size_x: int
    size_y: int
    size_z: int
    size_c: int
    size_t: int
    samples: int
    order: str
    channels: tuple[ChannelInfo, ...]
    blocks: tuple[Block, ...]
    mpp_x: float | None
    mpp_y: float | None
    z_spacing_um: float | None
    significant_bits: int | None
    acquired_at: str | None
    objective: float | None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def plane_count(self) -> int:
        """Number of planes."""
        return self.size_z * self.size_c * self.size_t

    def planes(self) -> Iterator[tuple[tuple[int, int, int], str | None, int]]:
        """Give for every plane that the file describes its (t, z, c), its file and its directory."""
        sizes = {"Z": self.size_z, "C": self.size_c, "T": self.size_t}
        strides, total = {}, 1
        for axis in self.order:
            strides[axis], total = total, total * sizes[axis]
        given = 0
        for block in self.blocks or (Block(0, 0, 0, 0, None, None, has_ifd=False),):
            start = block.z * strides["Z"] + block.c * strides["C"] + block.t * strides["T"]
            count = block.count if block.count is not None else 1 if block.has_ifd else total - start
            given += count
            if start + count > total or given > 2 * MAX_PLANES:
                raise CorruptFile("The file is damaged: its metadata declare planes that do not exist.")
            for step in range(count):
                at = {axis: (start + step) // strides[axis] % sizes[axis] for axis in self.order}
                yield (at["T"], at["Z"], at["C"]), block.file, block.ifd + step


def parse_ome(text: str) -> tuple[list[OmeImage], str | None]:
    """Parse an OME-XML document.

    Returns
    -------
    images : list of OmeImage
    companion : str or None
        Name of the file that holds the metadata instead (BinaryOnly).

    Raises
    ------
    CorruptFile, BombRefused
    """
    root = parse_xml(text)
    if local_name(root) != "OME":
        raise CorruptFile("The file is damaged: its metadata are not OME-XML.")
    binary_only = children(root, "BinaryOnly")
    if binary_only:
        return [], binary_only[0].get("MetadataFile")
    objectives = {
        one.get("ID", ""): to_float(one.get("NominalMagnification")) or magnification(one.get("Model"))
        for one in root.iter()
        if local_name(one) == "Objective"
    }
    return [_image(element, objectives) for element in children(root, "Image") if children(element, "Pixels")], None


def _image(element: Element, objectives: dict[str, float | None]) -> OmeImage:
    pixels = children(element, "Pixels")[0]
    size = {axis: max(1, to_count(pixels.get(f"Size{axis}"), 1)) for axis in "XYZCT"}
    described = children(pixels, "Channel")
    samples = max(1, to_count(described[0].get("SamplesPerPixel"), 1, 64)) if described else 1
    images = max(1, size["C"] // samples)
    order = pixels.get("DimensionOrder", "XYZCT").removeprefix("XY")
    if sorted(order) != ["C", "T", "Z"]:
        raise CorruptFile("The file is damaged: its metadata name an impossible order of dimensions.")
    if size["Z"] * images * size["T"] > MAX_PLANES:
        raise CorruptFile("The file is damaged: it declares more planes than any image has.")
    lens = next((one.get("ID", "") for one in children(element, "ObjectiveSettings")), "")
    acquired = next((one.text for one in children(element, "AcquisitionDate")), None)
    attributes = {f"ome.Pixels.{key}": value[:1024] for key, value in pixels.attrib.items()}
    name = element.get("Name", "")
    return OmeImage(
        name=name,
        size_x=size["X"],
        size_y=size["Y"],
        size_z=size["Z"],
        size_c=images,
        size_t=size["T"],
        samples=samples,
        order=order,
        channels=tuple(_channel(described[n] if n < len(described) else None, n) for n in range(images))
        if images <= 4096
        else (),
        blocks=tuple(_block(one) for one in children(pixels, "TiffData")),
        mpp_x=plausible_mpp(_length_um(pixels, "PhysicalSizeX")),
        mpp_y=plausible_mpp(_length_um(pixels, "PhysicalSizeY")),
        z_spacing_um=plausible_mpp(_length_um(pixels, "PhysicalSizeZ")),
        significant_bits=to_count(pixels.get("SignificantBits"), 0, 64) or None,
        acquired_at=iso_time(acquired),
        objective=objectives.get(lens) or (next(iter(objectives.values())) if len(objectives) == 1 else None),
        metadata={**attributes, **({"ome.Image.Name": name[:1024]} if name else {})},
    )


def _length_um(pixels: Element, name: str) -> float | None:
    value = to_float(pixels.get(name))
    factor = _UNITS_UM.get(pixels.get(f"{name}Unit", "µm"))
    return value * factor if value is not None and factor is not None and value > 0 else None


def _wavelength_nm(channel: Element, name: str) -> float | None:
    value = to_float(channel.get(name))
    factor = _UNITS_NM.get(channel.get(f"{name}Unit", "nm"))
    return value * factor if value is not None and factor is not None and value > 0 else None


def _channel(element: Element | None, number: int) -> ChannelInfo:
    """Return one channel; its colour is empty where the file gives none."""
    default_name = f"Channel {number + 1}"
    if element is None:
        return ChannelInfo(default_name, "")
    packed = to_float(element.get("Color"))
    colour = ""
    if packed is not None and abs(packed) < 1 << 32:
        # A signed 32-bit number: red, green, blue, alpha from the highest byte down. The default of
        # the schema, -1, is opaque white, which writers leave there when nobody chose a colour.
        bits = int(packed) & 0xFFFFFFFF
        colour = hex_colour(bits >> 24, bits >> 16, bits >> 8) if bits != 0xFFFFFFFF else ""
    return ChannelInfo(
        (element.get("Name") or element.get("Fluor") or default_name)[:256],
        colour,
        _wavelength_nm(element, "EmissionWavelength"),
        _wavelength_nm(element, "ExcitationWavelength"),
    )


def _block(element: Element) -> Block:
    uuid = next(iter(children(element, "UUID")), None)
    count = element.get("PlaneCount")
    return Block(
        ifd=to_count(element.get("IFD")),
        z=to_count(element.get("FirstZ")),
        c=to_count(element.get("FirstC")),
        t=to_count(element.get("FirstT")),
        count=to_count(count) if count is not None else None,
        file=uuid.get("FileName") if uuid is not None else None,
        has_ifd="IFD" in element.attrib,
    )
