"""What other rooms ask about slides and projects beside :func:`locate`: which may be seen, which have pixels."""

from collections.abc import Sequence
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
from coverslip.features.identity import Viewer
from coverslip.features.slides import store
from coverslip.features.slides.schemas import SlideState
from coverslip.features.slides.service import SlideRef


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
