"""What other rooms ask about slides and projects beside :func:`locate`: which may be seen, which have pixels."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from coverslip.core.errors import (
    CoverslipError,
    NotFound,
    SlideMissing,
    SlideNotReady,
    SlideUnreadable,
    StorageOffline,
    rebuilt,
)
from coverslip.features.access import Standing
from coverslip.features.identity import Viewer
from coverslip.features.slides import store
from coverslip.features.slides.schemas import SlideState
from coverslip.features.slides.service import SlideRef


@dataclass(frozen=True, slots=True)
class SlidePlace:
    """Where a slide hangs and how large it is, for who works on it without its bytes.

    ``extent`` is width and height in level-0 pixels, None until the slide was read once; ``standing``
    is what the viewer is on it.
    """

    slide_id: str
    scope_id: str
    project_id: str
    case_id: str | None
    extent: tuple[int, int] | None
    standing: Standing


def place_of(session: Session, viewer: Viewer, slide_id: str) -> SlidePlace:
    """Return where a slide hangs, if the viewer may see it.

    Raises
    ------
    NotFound
        Absent and foreign slides give the same answer.
    """
    found = store.visible_slide(session, viewer, slide_id)
    if found is None:
        raise NotFound
    row, project, what = found
    extent = None if row.width is None or row.height is None else (row.width, row.height)
    return SlidePlace(row.slide_id, row.scope_id, project.project_id, row.case_id, extent, what)


def sees_a_project(session: Session, viewer: Viewer) -> bool:
    """Say whether there is any project that the viewer may see."""
    return store.sees_a_project(session, viewer)


def projects_above(session: Session, project_id: str) -> list[str]:
    """Return a project and those above it, the nearest first, whoever may see them."""
    found: list[str] = []
    row = store.project_by_id(session, project_id)
    while row is not None:
        found.append(row.project_id)
        row = None if row.parent_id is None else store.project_by_id(session, row.parent_id)
    return found


def slides_below(session: Session, project_id: str, slide_ids: Collection[str]) -> set[str]:
    """Return which of some slides hang in a project or below it, whoever may see them; ask about a few hundred."""
    found = store.projects_of(session, slide_ids)
    inside = {one for one in set(found.values()) if project_id in projects_above(session, one)}
    return {slide_id for slide_id, one in found.items() if one in inside}


def visible_ids(session: Session, viewer: Viewer, slide_ids: Sequence[str]) -> set[str]:
    """Return which of some slides the viewer may see; ask about a few hundred at most."""
    return store.visible_ids(session, viewer, slide_ids)


def project_scope(session: Session, viewer: Viewer, project_id: str) -> str:
    """Return the scope of a project that the viewer may see.

    Raises
    ------
    NotFound
        Absent and foreign projects give the same answer.
    """
    project = store.visible_project(session, viewer, project_id)
    if project is None:
        raise NotFound
    return project.scope_id


def readable(ref: SlideRef) -> SlideRef:
    """Return the reference when the slide has pixels to show.

    Raises
    ------
    SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable
        It has none; the error says why.
    """
    error = _obstacle(ref)
    if error is not None:
        raise error
    return ref


def index_of(ref: SlideRef) -> Path:
    """Return where the slide's index lies.

    Raises
    ------
    SlideNotReady
        There is none yet.
    """
    if ref.index_path is None:
        raise SlideNotReady
    return ref.index_path


def _obstacle(ref: SlideRef) -> CoverslipError | None:
    if ref.state in (SlideState.REGISTERING, SlideState.ARRIVING):
        return SlideNotReady()
    if ref.state is SlideState.UNREADABLE:
        return SlideUnreadable() if ref.reason is None else rebuilt(ref.reason.code, ref.reason.message, [])
    if ref.root_offline_since is not None:
        return StorageOffline()
    if ref.state is SlideState.MISSING:
        return SlideMissing()
    return None
