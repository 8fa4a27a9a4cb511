"""Aperio SVS: a pyramid of tiled images, told apart by their descriptions and their order."""

import contextlib
import re
from datetime import datetime, timedelta, timezone

from coverslip.imaging.formats.tiff_ifd import TiffFile
from coverslip.imaging.formats.tiff_levels import mpp_from_resolution, plausible_mpp, pyramid_of, single
from coverslip.imaging.formats.tiff_page import Page
from coverslip.imaging.formats.tiff_slide import Draft, TiffSlide, finish, make_pages, tag_metadata

_PREFIX = "Aperio"


def is_svs(file: TiffFile) -> bool:
    """Say whether the first image is described by Aperio's library."""
    return file.directories[0].text(270).startswith(_PREFIX)


def open_svs(file: TiffFile) -> TiffSlide:
    """Open an Aperio SVS whose first directory :func:`is_svs` recognised."""
    pages = make_pages(file.directories)
    base = pages[0]
    tiled = [page for page in pages if page.tiled == base.tiled and (page is base or not _name_of(page))]
    levels = pyramid_of(tiled if base.tiled else [base])
    keys = parse_description(base.description)
    metadata = tag_metadata(base.directory)
    metadata.update({f"aperio.{key}": value for key, value in keys.items()})
    mpp = plausible_mpp(_number(keys.get("MPP")))
    mpp_x, mpp_y = (mpp, mpp) if mpp is not None else mpp_from_resolution(base)
    draft = Draft("svs", [single(page) for page in levels], associated=_associated(pages, levels))
    draft.facts = {
        "mpp_x": mpp_x,
        "mpp_y": mpp_y,
        "objective": _number(keys.get("AppMag")),
        "vendor": "Aperio",
        "scanner": keys.get("ScannerType") or keys.get("ScanScope ID"),
        "scanned_at": scan_time(keys),
        "metadata": metadata,
    }
    return finish([file], draft)


def parse_description(text: str) -> dict[str, str]:
    """Return the ``key = value`` pairs of an Aperio description; of equal keys the first counts."""
    head, *pairs = text.split("|")
    found = {"Header": " ".join(head.split())}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if equals and key.strip():
            found.setdefault(key.strip(), value.strip())
    return found


def scan_time(keys: dict[str, str]) -> str | None:
    """Return the scan time as ISO 8601, with the offset where the file tells the time zone."""
    date, time = keys.get("Date", ""), keys.get("Time", "")
    for form in ("%m/%d/%y", "%m/%d/%Y"):
        with contextlib.suppress(ValueError):
            moment = datetime.strptime(f"{date} {time or '00:00:00'}", f"{form} %H:%M:%S")  # noqa: DTZ007 - the zone follows
            zone = re.fullmatch(r"GMT([+-])(\d\d):?(\d\d)", keys.get("Time Zone", ""))
            if zone and time:
                offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
                moment = moment.replace(tzinfo=timezone(-offset if zone[1] == "-" else offset))
            return moment.isoformat() if time else moment.date().isoformat()
    return None


def _associated(pages: list[Page], levels: list[Page]) -> dict[str, Page]:
    """Find label, macro and thumbnail: by their descriptions, then by what Aperio always does."""
    found: dict[str, Page] = {}
    for number, page in enumerate(pages):
        if any(page is level for level in levels):
            continue
        name = _name_of(page)
        if not name and not page.tiled:
            # Scanners that leave the description out still mark the label 1 and the macro 9,
            # and always write the thumbnail second.
            name = {1: "label", 9: "macro"}.get(page.subfile, "thumbnail" if number == 1 else "")
        if name:
            found.setdefault(name, page)
    return found


def _name_of(page: Page) -> str:
    lines = page.description.splitlines()
    words = lines[1].split() if len(lines) > 1 else []
    return words[0].lower() if words and words[0].lower() in {"label", "macro"} else ""


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None
