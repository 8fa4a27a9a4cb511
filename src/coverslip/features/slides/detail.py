"""Rows as the API shows them; a detail adds what the slide index knows. The index is mapped, not parsed."""

import logging
from pathlib import Path
from typing import Any, Final

from coverslip.core.errors import CorruptFile
from coverslip.features.slides.models import Project, SlideRecord
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
_OBJECTIVE_TIMES_MPP: Final = 10.0  # 20x is 0.5 µm a pixel


def reason_of(row: SlideRecord) -> Reason | None:
    """Return why a slide is not ready."""
    return None if row.error_code is None else Reason(code=row.error_code, message=row.error_message or "")


def summary_out(row: SlideRecord, project: Project) -> SlideSummary:
    """Return one slide of a list."""
    return SlideSummary(**_summary(row, project))


def detail_out(row: SlideRecord, project: Project, index_folder: Path) -> SlideDetail:
    """Return everything about a slide; without a readable index the parts that come from it are empty."""
    index = None if row.index_name is None else _index(index_folder / row.index_name)
    common = _summary(row, project)
    entered = row.mpp_entered is not None
    common["objective"], derived = _objective(common["objective"], common["mpp_x"])
    source = MppSource.PERSON if entered else MppSource.FILE if row.mpp_x is not None else None
    return SlideDetail(
        **common,
        **(_nothing_known() if index is None else _from_index(index)),
        scanner=row.scanner,
        mpp_source=source,
        mpp_entered_by=row.mpp_entered_by,
        objective_derived=derived,
        file_count=row.file_count,
        entered=row.entered,
    )


def _summary(row: SlideRecord, project: Project) -> dict[str, Any]:
    return {
        "slide_id": row.slide_id,
        "no": row.no,
        "project_id": project.project_id,
        "name": row.name,
        "state": SlideState(row.state),
        "reason": reason_of(row),
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
        "case_name": row.case_name,
        "part": row.part,
        "block": row.block,
        "stain": row.stain,
        "stain_kind": row.stain_kind,
        "label_text": row.label_text,
        "tags": tags_of(row.tags),
        "rating": row.rating,
        "fields": row.fields,
        "file_name": row.file_name,
        "content_sha256": row.content_sha256,
        "trashed_at": row.trashed_at,
    }


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
