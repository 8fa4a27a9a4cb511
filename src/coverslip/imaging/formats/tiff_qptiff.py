"""PerkinElmer and Akoya QPTIFF: one image for each channel and level, described by XML."""

from xml.etree.ElementTree import Element

from coverslip.core.errors import CorruptFile
from coverslip.imaging.formats.tiff_ifd import TiffFile
from coverslip.imaging.formats.tiff_levels import CHANNEL_COLOURS, PlanePages, is_rgb, mpp_from_resolution, pyramid_of
from coverslip.imaging.formats.tiff_page import Page
from coverslip.imaging.formats.tiff_slide import Draft, TiffSlide, finish, make_pages, tag_metadata
from coverslip.imaging.formats.tiff_text import (
    hex_colour,
    leaves,
    local_name,
    magnification,
    parse_xml,
    tiff_time,
    to_float,
)
from coverslip.ports.format import ChannelInfo

_MARK = "PerkinElmer-QPI-ImageDescription"
_ASSOCIATED = {"Thumbnail": "thumbnail", "Overview": "macro", "Label": "label"}


def is_qptiff(file: TiffFile) -> bool:
    """Say whether the first image is described in PerkinElmer's words."""
    return _MARK in file.directories[0].text(270)[:512]


def open_qptiff(file: TiffFile) -> TiffSlide:
    """Open a QPTIFF that :func:`is_qptiff` recognised."""
    described = [(page, _description(page)) for page in make_pages(file.directories)]
    full = [(page, about) for page, about in described if _kind(about) == "FullResolution"]
    if not full:
        raise CorruptFile("The file is damaged: it holds no image at full resolution.")
    base, about = full[0]
    pages = [page for page, _ in full if page.alike == base.alike]
    reduced = [page for page, other in described if _kind(other) == "ReducedResolution"]
    levels = [_along_c(pages)]
    for level in pyramid_of([base, *reduced])[1:]:
        same = [page for page in reduced if page.alike == level.alike]
        if len(same) == len(pages):
            levels.append(_along_c(same))
    associated: dict[str, Page] = {}
    for page, other in described:
        if _kind(other) in _ASSOCIATED:
            associated.setdefault(_ASSOCIATED[_kind(other)], page)
    draft = Draft("qptiff", levels, (1, 1, len(pages)), associated)
    if not is_rgb(base):
        draft.channels = tuple(_channel(about, number) for number, (_, about) in enumerate(full[: len(pages)]))
    mpp_x, mpp_y = mpp_from_resolution(base)
    draft.facts = {
        "mpp_x": mpp_x,
        "mpp_y": mpp_y,
        "objective": magnification(_text(about, "Objective")) or magnification(_anywhere(about, "ObjectiveName")),
        "vendor": "PerkinElmer" if "PerkinElmer" in base.directory.text(305) else "Akoya",
        "scanner": _text(about, "InstrumentType") or _text(about, "AcquisitionSoftware"),
        "scanned_at": tiff_time(base.directory.text(306)),
        "metadata": _metadata(base, [about for _, about in full[: len(pages)]]),
        "background": (255, 255, 255) if is_rgb(base) else (0, 0, 0),
    }
    return finish([file], draft)


def _along_c(pages: list[Page]) -> PlanePages:
    return {(0, 0, number): (page, 0) for number, page in enumerate(pages)}


def _description(page: Page) -> Element | None:
    return parse_xml(page.description) if _MARK in page.description[:512] else None


def _kind(about: Element | None) -> str:
    return _text(about, "ImageType") or ""


def _text(about: Element | None, name: str) -> str | None:
    found = next((child.text for child in about if local_name(child) == name), None) if about is not None else None
    return found.strip() if found and found.strip() else None


def _anywhere(about: Element | None, name: str) -> str | None:
    return next((one.text for one in about.iter() if local_name(one) == name), None) if about is not None else None


def _channel(about: Element | None, number: int) -> ChannelInfo:
    name = _text(about, "Name") or _text(about, "Biomarker") or f"Channel {number + 1}"
    parts = [to_float(part) for part in (_text(about, "Color") or "").split(",")]
    values = [int(part) for part in parts if part is not None]
    colour = hex_colour(*values) if len(values) == 3 else CHANNEL_COLOURS[number % len(CHANNEL_COLOURS)]
    return ChannelInfo(name, colour, emission_nm=_wavelength(about, name))


def _wavelength(about: Element | None, name: str) -> float | None:
    """Return the emission wavelength in nm that the scan profile gives the band of that name."""
    for band in about.iter("Bands-i") if about is not None else ():
        if (band.findtext("Name") or "").strip() == name:
            value = to_float(band.findtext("HomeWavelength"))
            return value if value is not None and 100 < value < 2000 else None
    return None


def _metadata(base: Page, described: list[Element | None]) -> dict[str, str]:
    found = tag_metadata(base.directory)
    for number, about in enumerate(described):
        if about is not None:
            found.update(leaves(about, f"qpi.channel.{number}" if number else "qpi"))
    return found
