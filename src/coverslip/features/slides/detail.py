"""Rows as the API shows them; a detail adds what the slide index knows. The index is mapped, not parsed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from coverslip.core.errors import CorruptFile, rebuilt
from coverslip.features.access import Action, Standing
from coverslip.features.slides.models import Case, Project, SlideRecord
from coverslip.features.slides.schemas import (
    AssociatedImage,
    Bounds,
    Channel,
    Colour,
    Level,
    MppSource,
    Reason,
    SlideDetail,
    SlideState,
    SlideSummary,
)
from coverslip.features.slides.words import tags_of
from coverslip.imaging.index import SlideIndex, load_index

logger = logging.getLogger(__name__)

LUT_SIZE: Final = 33
_NAMELESS: Final[dict[str, Any]] = {"associated": [], "metadata": {}}
_OBJECTIVE_TIMES_MPP: Final = 10.0  # 20x is 0.5 µm a pixel


def named(what: Standing) -> bool:
    """Whether names, labels and metadata may be shown to somebody who is this."""
    return what.allows(Action.SEE_IDENTITY)


def slide_name(row: SlideRecord, what: Standing, no: int | None = None) -> str:
    """Return a slide's name, or what stands for it where names may not be seen: its number, or ``no``."""
    return row.name if named(what) else f"Slide {row.no if no is None else no}"


def case_name(row: Case, what: Standing, no: int | None = None) -> str:
    """Return a case's name, or what stands for it where names may not be seen: its number, or ``no``."""
    return row.name if named(what) else nameless_case(row.no if no is None else no)


def nameless_case(no: int | None) -> str:
    """Return what stands for the name of a case."""
    return "Case" if no is None else f"Case {no}"


def standing_out(what: Standing) -> dict[str, Any]:
    """Return what the API says of somebody's own role and rights."""
    return {"my_role": what.role, "rights": sorted(what.rights)}


def reason_of(row: SlideRecord, what: Standing) -> Reason | None:
    """Return why a slide is not ready; the sentence may name a file."""
    if row.error_code is None:
        return None
    message = (row.error_message or "") if named(what) else rebuilt(row.error_code, "").message
    return Reason(code=row.error_code, message=message)


@dataclass(frozen=True, slots=True)
class Instead:
    """What is shown of a slide where names may not be seen.

    Attributes
    ----------
    case_no : int or None
        The number of its case, which stands for the case's name.
    fields : mapping
        The key-value fields that tell no name.
    slide_no : int or None
        What stands for the slide's own name; None for its number.
    wordless : bool
        Whether tags and who measured the pixels are left out, too.
    """

    case_no: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    slide_no: int | None = None
    wordless: bool = False


NOTHING_INSTEAD: Final = Instead()


def summary_out(row: SlideRecord, project: Project, what: Standing, instead: Instead = NOTHING_INSTEAD) -> SlideSummary:
    """Return one slide of a list, as somebody who is this may see it."""
    return SlideSummary(**_summary(row, project, what, instead))


def detail_out(
    row: SlideRecord, project: Project, what: Standing, instead: Instead = NOTHING_INSTEAD, *, index_folder: Path
) -> SlideDetail:
    """Return everything about a slide; without a readable index the parts that come from it are empty."""
    index = None if row.index_name is None else _index(index_folder / row.index_name)
    common = _summary(row, project, what, instead)
    entered = row.mpp_entered is not None
    common["objective"], derived = _objective(common["objective"], common["mpp_x"])
    source = MppSource.PERSON if entered else MppSource.FILE if row.mpp_x is not None else None
    known = _nothing_known() if index is None else _from_index(index)
    return SlideDetail(
        **common,
        **(known if named(what) else {**known, **_NAMELESS}),
        scanner=row.scanner,
        mpp_source=source,
        mpp_entered_by=None if instead.wordless else row.mpp_entered_by,
        objective_derived=derived,
        file_count=row.file_count,
        entered=[one for one in row.entered if named(what) or _may_tell(one, instead)],
    )


def _summary(row: SlideRecord, project: Project, what: Standing, instead: Instead) -> dict[str, Any]:
    shown = named(what)
    return {
        **standing_out(what),
        "slide_id": row.slide_id,
        "no": row.no,
        "project_id": project.project_id,
        "name": slide_name(row, what, instead.slide_no),
        "state": SlideState(row.state),
        "reason": reason_of(row, what),
        "format": row.format or None,
        "vendor": row.vendor,
        "width": row.width,
        "height": row.height,
        "mpp_x": row.mpp_x if row.mpp_entered is None else row.mpp_entered,
        "mpp_y": row.mpp_y if row.mpp_entered is None else row.mpp_entered,
        "objective": row.objective,
        "channel_count": row.channel_count,
        "size_bytes": row.size_bytes,
        "version": row.version,
        "offline_since": project.offline_since,
        "created_at": row.created_at,
        "scanned_at": row.scanned_at,
        "case_id": row.case_id,
        "case_name": row.case_name if shown or row.case_id is None else nameless_case(instead.case_no),
        "part": row.part,
        "block": row.block,
        "stain": row.stain,
        "stain_kind": row.stain_kind,
        "label_text": row.label_text if shown else None,
        "tags": [] if instead.wordless else tags_of(row.tags),
        "rating": row.rating,
        "fields": row.fields if shown else dict(instead.fields),
        "file_name": row.file_name if shown else "",
        "content_sha256": row.content_sha256,
        "trashed_at": row.trashed_at,
    }


def _may_tell(entered: str, instead: Instead) -> bool:
    """Whether the name of a field that a person entered tells nothing itself."""
    return not entered.startswith("fields.") or entered.removeprefix("fields.") in instead.fields


def _index(path: Path) -> SlideIndex | None:
    try:
        return load_index(path)
    except (OSError, CorruptFile) as error:
        # The index is derived: the next look at the folder builds it again.
        logger.warning("a slide index cannot be read: %s", type(error).__name__)
        return None


def _objective(stated: float | None, mpp: float | None) -> tuple[float | None, bool]:
    if stated is not None or mpp is None:
        return stated, False
    return round(_OBJECTIVE_TIMES_MPP / mpp, 1), True


def _nothing_known() -> dict[str, Any]:
    return {
        "levels": [],
        "channels": [],
        "rgb": False,
        "dtype": None,
        "bit_depth": None,
        "z_count": 1,
        "t_count": 1,
        "z_spacing_um": None,
        "bounds": None,
        "background": "#ffffff",
        "associated": [],
        "colour": Colour(profile=None, managed=False, lut_size=None),
        "metadata": {},
    }


def _from_index(index: SlideIndex) -> dict[str, Any]:
    info = index.info
    bounds = info.bounds
    return {
        "levels": [
            Level(
                z=level.z,
                width=level.width,
                height=level.height,
                tile_width=level.tile_width,
                tile_height=level.tile_height,
                cols=level.cols,
                rows=level.rows,
                downsample_x=level.downsample_x,
                downsample_y=level.downsample_y,
                stored=level.stored,
            )
            for level in index.levels
        ],
        "channels": [
            Channel(
                index=number,
                name=channel.name,
                colour=channel.colour,
                emission_nm=channel.emission_nm,
                excitation_nm=channel.excitation_nm,
            )
            for number, channel in enumerate(info.channels)
        ],
        "rgb": info.rgb,
        "dtype": info.dtype,
        "bit_depth": info.bit_depth,
        "z_count": info.z_count,
        "t_count": info.t_count,
        "z_spacing_um": info.z_spacing_um,
        "bounds": bounds and Bounds(x=bounds.x, y=bounds.y, width=bounds.width, height=bounds.height),
        "background": "#{:02x}{:02x}{:02x}".format(*info.background),
        "associated": [
            AssociatedImage(name=image.name, width=image.width, height=image.height) for image in info.associated
        ],
        "colour": Colour(
            profile=index.profile_name, managed=index.managed, lut_size=LUT_SIZE if index.managed else None
        ),
        "metadata": dict(info.metadata),
    }
