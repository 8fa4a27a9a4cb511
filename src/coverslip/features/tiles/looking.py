"""What every route with pixels does first: find the slide, see that it has pixels, put the view on record."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends
from fastapi import Path as PathParameter

from coverslip.core.errors import Forbidden, NotFound
from coverslip.features.access import Action, check
from coverslip.features.identity import Onlooker, Viewer
from coverslip.features.slides import SlideRef, index_of, locate, readable
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime

SlideIdPath = Annotated[str, PathParameter(max_length=64)]

_NEEDED: Final = {
    ViewKind.PIXELS: Action.VIEW,
    ViewKind.IDENTITY: Action.SEE_IDENTITY,
    ViewKind.ANNOTATIONS: Action.VIEW,
    ViewKind.DOWNLOAD: Action.DOWNLOAD,
}

LISTED: Final = "thumbnails"
"""Stands for the slide in the one view record that covers a session's thumbnails in an hour."""


@dataclass(frozen=True, slots=True)
class Looking:
    """A viewer, and the slide whose pixels may now be shown.

    Attributes
    ----------
    viewer : Viewer
    ref : SlideRef
    index_path : pathlib.Path
    """

    viewer: Viewer
    ref: SlideRef
    index_path: Path

    @property
    def first_path(self) -> str:
        """The slide's first file."""
        return str(Path(self.ref.folder, self.ref.files[0]))


def find(runtime: Runtime, viewer: Viewer, slide_id: str, action: Action = Action.VIEW) -> Looking:
    """Find a slide that has pixels and with which the viewer may do this; the caller puts the view on record.

    Raises
    ------
    NotFound, Forbidden, SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable
    """
    with runtime.db.read() as session:
        ref = locate(session, viewer, slide_id, runtime.settings.index_folder)
    check(viewer, action, ref.standing)
    readable(ref)
    return Looking(viewer, ref, index_of(ref))


def looking(kind: ViewKind) -> Callable[..., Looking]:
    """Return a dependency that finds the slide of the address and records a view of this kind."""

    def dependency(slide_id: SlideIdPath, viewer: Onlooker, runtime: CurrentRuntime) -> Looking:
        try:
            found = find(runtime, viewer, slide_id, _NEEDED[kind])
        except Forbidden as error:
            if kind is ViewKind.IDENTITY:  # not even that there is a label may be told
                raise NotFound from error
            raise
        runtime.reserve.view(session_id=viewer.viewer_id, slide_id=slide_id, kind=kind, principal=viewer.person_id)
        return found

    return dependency


def looking_at_thumbnail(slide_id: SlideIdPath, viewer: Onlooker, runtime: CurrentRuntime) -> Looking:
    """Find the slide; thumbnails are one record a session and hour, as they come by the hundred with a list."""
    found = find(runtime, viewer, slide_id)
    runtime.reserve.view(session_id=viewer.viewer_id, slide_id=LISTED, kind=ViewKind.PIXELS, principal=viewer.person_id)
    return found


AtPixels = Annotated[Looking, Depends(looking(ViewKind.PIXELS))]
AtIdentity = Annotated[Looking, Depends(looking(ViewKind.IDENTITY))]
ForDownload = Annotated[Looking, Depends(looking(ViewKind.DOWNLOAD))]
AtThumbnail = Annotated[Looking, Depends(looking_at_thumbnail)]
