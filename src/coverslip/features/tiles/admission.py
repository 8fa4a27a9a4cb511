"""Who may see a slide's pixels, and the slide made ready for them: what a grant in memory holds.

One short read says who is asking, whether they may look, and where the slide lies. The view record
of the clock hour is written before the first pixel; what was recorded is remembered.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from coverslip.core.errors import SlideNotReady
from coverslip.features.access import Granted, Standing
from coverslip.features.identity import ANONYMOUS, Viewer, authenticate_hashed, needs_touch, touch
from coverslip.features.slides import SlideRef, index_of, locate, readable
from coverslip.features.tiles.ready import ReadySlide, make_ready
from coverslip.imaging.index import load_index
from coverslip.infra.audit import ViewKind
from coverslip.infra.runtime import Runtime

SESSION: Final = "s"
TOKEN: Final = "t"  # noqa: S105 - the letter before a token's hash
SHARE: Final = "h"
NOBODY: Final = SESSION + "0" * 64
"""A credential that no secret has."""
PUBLIC: Final = "p"
"""The credential of who is not signed in, where public projects are allowed."""
_HOUR_S: Final = 3600
_READY_KEPT: Final = 256
_VIEWS_KEPT: Final = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Admission:
    """A viewer's way to one slide.

    Attributes
    ----------
    viewer : Viewer
    slide : ReadySlide
    hour_ends_s : float
        Seconds since 1970 until which the view record that was written holds.
    standing : Standing
        Role and rights on the slide, for whatever asks for more than to look.
    kept : bool
        Whether the browser may keep tiles; not those of a share link, which ends.
    """

    viewer: Viewer
    slide: ReadySlide
    hour_ends_s: float
    standing: Standing
    kept: bool = True


class Admissions:
    """Loads admissions; its ``load`` is what ``access.Grants`` calls, on the event loop."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._ready: OrderedDict[tuple[str, str], ReadySlide] = OrderedDict()
        self._lock = Lock()
        self.views = ViewRecords(runtime)

    def __len__(self) -> int:
        return len(self._ready)

    async def load(self, credential: str, slide_id: str) -> Granted[Admission]:
        """Read who is asking and whether they may look, in a thread.

        Parameters
        ----------
        credential : str
            ``SESSION``, ``TOKEN`` or ``SHARE``, then the SHA-256 (hex) of the secret; or ``PUBLIC``.

        Raises
        ------
        Unauthenticated, NotFound
            No.
        SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable
            Yes, but there are no pixels.
        AuditUnavailable
            The view cannot be recorded.
        """
        return await asyncio.to_thread(self._load, credential, slide_id)

    def _load(self, credential: str, slide_id: str) -> Granted[Admission]:
        kind, secret_hash = credential[0], credential[1:]
        with self._runtime.db.read() as session:
            if credential == PUBLIC:
                viewer = ANONYMOUS
            elif kind == TOKEN:
                viewer = authenticate_hashed(session, bearer_hash=secret_hash)
            elif kind == SHARE:
                viewer = authenticate_hashed(session, share_hash=secret_hash)
            else:
                viewer = authenticate_hashed(session, cookie_hash=secret_hash)
            ref = locate(session, viewer, slide_id, self._runtime.settings.index_folder)
        if needs_touch(viewer):
            with self._runtime.db.transaction() as session:
                touch(session, viewer)
        slide = self.make_ready(ref)
        hour_ends_s = self.views.record(viewer, slide_id, ViewKind.PIXELS)
        admission = Admission(viewer, slide, hour_ends_s, ref.standing, kept=viewer.kind != "share")
        return Granted(admission, viewer.viewer_id, viewer.expires_at)

    def make_ready(self, ref: SlideRef) -> ReadySlide:
        """Return a slide with its index, kept in memory for whoever looks next.

        Raises
        ------
        SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable
        """
        readable(ref)
        key = (ref.slide_id, ref.version or "")
        with self._lock:
            slide = self._ready.get(key)
            if slide is not None:
                self._ready.move_to_end(key)
        if slide is None:
            index_path = index_of(ref)
            try:
                slide = make_ready(ref.slide_id, load_index(index_path), index_path)
            except OSError as error:
                raise SlideNotReady("The slide's index is being built again; try again in a moment.") from error
        slide = slide.with_sums()
        with self._lock:
            self._ready[key] = slide
            while len(self._ready) > _READY_KEPT:
                self._ready.popitem(last=False)
        return slide


class ViewRecords:
    """Remembers which views are on record, so that the database is asked once an hour."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: OrderedDict[tuple[str, str, ViewKind], int] = OrderedDict()
        self._lock = Lock()

    def record(self, viewer: Viewer, slide_id: str, kind: ViewKind) -> float:
        """Put a view on record for this clock hour and return when the hour ends.

        Call it from a thread.

        Raises
        ------
        AuditUnavailable
            The record cannot be written, so nothing may be shown.
        """
        key = (viewer.viewer_id, slide_id, kind)
        hour = int(time.time()) // _HOUR_S
        with self._lock:
            known = self._known.get(key) == hour
        if not known:
            self._write(viewer, slide_id, kind, hour)
            with self._lock:
                self._known[key] = hour
                while len(self._known) > _VIEWS_KEPT:
                    self._known.popitem(last=False)
        return float((hour + 1) * _HOUR_S)

    def _write(self, viewer: Viewer, slide_id: str, kind: ViewKind, hour: int) -> None:
        self._runtime.reserve.view(
            session_id=viewer.viewer_id,
            slide_id=slide_id,
            kind=kind,
            principal=viewer.person_id,
            at=datetime.fromtimestamp(hour * _HOUR_S, UTC),
        )
