"""Plain TIFF: pyramids of any writer, BigTIFF, strips, single images, several planes."""

from itertools import islice

from coverslip.core.errors import UnsupportedFormat
from coverslip.imaging.formats.tiff_codec import needs_whole_image
from coverslip.imaging.formats.tiff_ifd import TiffFile
from coverslip.imaging.formats.tiff_levels import PlanePages, mpp_from_resolution, pyramid_of
from coverslip.imaging.formats.tiff_page import Page
from coverslip.imaging.formats.tiff_slide import Draft, finish, make_pages, tag_metadata
from coverslip.imaging.formats.tiff_text import tiff_time
from coverslip.imaging.formats.tiff_turned import TurnedSlide
from coverslip.imaging.formats.tiff_whole import WholeSlide
from coverslip.ports.format import Slide

_XMP = 700
_MAX_ASSOCIATED = 16
_NAMES = ("label", "macro", "thumbnail", "overview")


def refuse_foreign(file: TiffFile) -> None:
    """Leave the TIFF dialects that only OpenSlide knows (overlaps, padded levels) to it.

    Raises
    ------
    UnsupportedFormat
    """
    first = file.directories[0]
    software, description = first.text(305), first.text(270)
    foreign = (
        software.startswith(("Philips DP", "MedScan"))
        or "<scn" in description[:4096]
        or any(b"<iScan" in directory.raw(_XMP) for directory in islice(file.directories, 4))
    )
    if foreign:
        raise UnsupportedFormat("This dialect of TIFF is read by OpenSlide only.")


def open_plain(file: TiffFile) -> Slide:
    """Open a TIFF that no vendor's reader claims.

    The largest image is the slide; smaller copies of it (in the chain or as sub-directories) are
    its levels, equal images its focal planes, everything else its associated images.
    """
    refuse_foreign(file)
    pages = make_pages(file.directories)
    base = max(pages, key=lambda page: page.width * page.height)
    planes, levels = planes_and_levels(file, pages, base)
    used = {id(page) for level in levels for page, _ in level.values()}
    draft = Draft("tiff", levels, (1, len(planes), 1), _associated(pages, used))
    mpp_x, mpp_y = mpp_from_resolution(base)
    draft.facts = {
        "mpp_x": mpp_x,
        "mpp_y": mpp_y,
        "vendor": base.directory.text(271) or None,
        "scanner": base.directory.text(272) or None,
        "scanned_at": tiff_time(base.directory.text(306)),
        "metadata": tag_metadata(base.directory),
    }
    slide = WholeSlide(file, draft, base) if needs_whole_image(base) else finish([file], draft)
    return TurnedSlide(slide, base.orientation) if base.orientation in range(2, 9) else slide


def planes_and_levels(file: TiffFile, pages: list[Page], base: Page) -> tuple[list[Page], list[PlanePages]]:
    """Find the focal planes (images equal to ``base``) and the levels of each.

    Returns
    -------
    planes : list of Page
    levels : list of PlanePages
        Along z; a level that not every plane has is left out.
    """
    reduced = [page for page in pages if page is not base and page.subfile & 1]
    planes = [page for page in pages if page is base or (page.alike == base.alike and not page.subfile & 1)]
    if needs_whole_image(base):
        return [base], [_along_z([base])]
    inside = [_sub_pyramid(file, page) for page in planes]
    depth = min(len(levels) for levels in inside)
    if depth > 1:
        return planes, [_along_z([levels[number] for levels in inside]) for number in range(depth)]
    # Without sub-directories the copies follow in the chain, marked or not; beside a tiled base
    # only tiled images count, for strips are what scanners write labels and thumbnails as.
    planes_ids = {id(page) for page in planes}
    others = reduced + [page for page in pages if id(page) not in planes_ids and not page.subfile & 1]
    candidates = [page for page in others if page.tiled or not base.tiled]
    levels = [_along_z(planes)]
    for level in pyramid_of([base, *candidates])[1:]:
        same = [page for page in candidates if page.alike == level.alike]
        if len(same) == len(planes):
            levels.append(_along_z(same))
    return planes, levels


def _along_z(pages: list[Page]) -> PlanePages:
    return {(0, number, 0): (page, 0) for number, page in enumerate(pages)}


def _sub_pyramid(file: TiffFile, page: Page) -> list[Page]:
    if 330 not in page.directory:
        return [page]
    return pyramid_of([page, *(Page(directory) for directory in file.sub_directories(page.directory))])


def _associated(pages: list[Page], used: set[int]) -> dict[str, Page]:
    found: dict[str, Page] = {}
    for page in pages:
        if id(page) in used or len(found) >= _MAX_ASSOCIATED:
            continue
        text = (page.directory.text(285) + " " + page.description[:200]).lower()
        name = next((name for name in _NAMES if name in text), f"image-{page.directory.index + 1}")
        found.setdefault(name, page)
    return found
