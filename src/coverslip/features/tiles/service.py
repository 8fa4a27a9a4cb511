"""A tile, whichever way it comes: as it lies in the file, from the cache, or made by a decoder.

Stored tiles are answered here without leaving the event loop where the page cache holds them.
Whatever is not stored goes on as a frozen :class:`TileRequest` to :mod:`.making`.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from coverslip.core.errors import NotFound, SlideChanged, SlideSuspect, Unauthenticated
from coverslip.features.access import Grants
from coverslip.features.slides import Reason, SlideState, set_state
from coverslip.features.tiles.address import TileRequest, parse_place, parse_query
from coverslip.features.tiles.admission import PUBLIC, Admission, Admissions
from coverslip.features.tiles.files import SlideFiles
from coverslip.features.tiles.making import Gone, MadeTile, TileMaker
from coverslip.features.tiles.meter import PathKind, TileMeter
from coverslip.features.tiles.ready import (
    ASKED_EACH_TIME,
    EMPTY_MARK,
    KEPT,
    Header,
    ReadyLevel,
    ReadySlide,
    head,
)
from coverslip.imaging.crc import checksum
from coverslip.imaging.projection import Projection
from coverslip.imaging.splice import splice
from coverslip.imaging.style import encode_style, parse_style
from coverslip.infra.mounts import StoredFile, read_now
from coverslip.infra.runtime import Runtime

_JPEG_KEPT: Final = head(b"image/jpeg", KEPT)
_JPEG_ASKED: Final = head(b"image/jpeg", ASKED_EACH_TIME)


@dataclass(slots=True)
class Answer:
    """What goes out: status, headers with length and ETag, body, and which way the tile took."""

    status: int
    headers: list[Header]
    body: bytes | bytearray
    kind: PathKind


class TileService:
    """Answers tiles in one web process; lives on its event loop.

    Parameters
    ----------
    runtime : Runtime
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.files = SlideFiles(runtime.files)
        self._peek = runtime.files.peek
        self.admissions = Admissions(runtime)
        self.grants: Grants[Admission] = Grants(self.admissions.load)
        self.meter = TileMeter()
        self.maker = TileMaker(runtime)
        self._known_suspect: set[tuple[str, str]] = set()

    def start(self) -> None:
        """Listen for drops of grants; call it on the event loop."""
        loop = asyncio.get_running_loop()

        def dropped(fields: dict[str, Any]) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._drop, fields)

        self.runtime.bus.subscribe("grants.drop", dropped)

    def at_once(self, admission: Admission, place: str, query: bytes) -> tuple[list[Header], bytes] | None:
        """Return headers and body of a stored tile that the page cache holds; None when it takes more.

        Every tile passes here, so it is one straight line: no objects but the answer's own.

        Parameters
        ----------
        place : str
            ``z/x/y`` as it stands in the address.
        query : bytes
            The version and nothing else, or nothing.
        """
        slide = admission.slide
        if query == slide.current_query:
            common = _JPEG_KEPT if admission.kept else _JPEG_ASKED
        elif not query:
            common = _JPEG_ASKED
        else:
            return None
        z_text, x_text, y_text = place.split("/")
        if not (place.isascii() and z_text.isdecimal() and x_text.isdecimal() and y_text.isdecimal()):
            return None
        z, x, y = int(z_text[:9]), int(x_text[:9]), int(y_text[:9])
        levels = slide.levels
        level = levels[z] if z < len(levels) else None
        if level is None or x >= level.cols or y >= level.rows or time.time() >= admission.hour_ends_s:
            return None
        number = y * level.cols + x
        length = level.lengths[number]
        indexed = slide.files[0 if level.file_nos is None else level.file_nos[number]]
        file = self._peek(indexed.path)
        if file is None or file.mtime_ns != indexed.mtime_ns or file.size != indexed.size or not length:
            return None
        data = read_now(file.descriptor, level.offsets[number], length)
        if data is None or (slide.sums is not None and checksum(data) != slide.sums[level.source_level][number]):
            return None
        body = splice(level.parts, bytes(data), level.tile_width, level.tile_height)
        length_header = (b"content-length", b"%d" % len(body))
        return [*common, length_header, (b"etag", b'"%b-%d-%d-%d"' % (slide.tag, z, x, y))], body

    async def answer(
        self, credential: str, slide_id: str, place: str, query: bytes, match: bytes | None, gone: Gone
    ) -> Answer:
        """Answer any tile.

        Raises
        ------
        CoverslipError
            Whatever stands between the viewer and the tile.
        ClientGone
            Nobody waits any more.
        """
        z, x, y = parse_place(place)
        version, style, plane, time_point = parse_query(query)
        admission = await self.admitted(credential, slide_id)
        slide = admission.slide
        if version is not None and version != slide.version:
            raise SlideChanged
        request = TileRequest(slide_id, z, x, y, version, canonical(style), plane, time_point)
        _check_range(slide, request)
        caching = KEPT if version is not None and admission.kept else ASKED_EACH_TIME
        etag = slide.etag(z, x, y, plane, time_point, request.style)
        as_stored = request.style is None and not isinstance(plane, Projection)
        level = slide.levels[z] if as_stored else None
        number = 0 if level is None else level.number(request)
        file = await self.files.get(slide.files[level.file_no(number) if level is not None else 0])
        if match is not None and _matches(match, etag):
            return Answer(304, [*head(b"", caching)[1:], (b"etag", etag)], b"", PathKind.NOT_MODIFIED)
        if level is not None and level.lengths[number]:
            body, kind = await self._stored(slide, level, number, file)
            return _complete(MadeTile(body, b"image/jpeg", empty=False, from_cache=False), caching, etag, kind)
        made = await self.maker.tile(slide, request, file.inode[0], gone)
        kind = PathKind.CACHED if made.from_cache else PathKind.MADE
        return _complete(made, caching, etag, PathKind.EMPTY if made.empty else kind)

    def _drop(self, fields: dict[str, Any]) -> None:
        self.grants.drop(viewer=fields.get("viewer"), slide_id=fields.get("slide_id"))

    async def admitted(self, credential: str, slide_id: str) -> Admission:
        """Let a credential's owner look at a slide.

        Raises
        ------
        Unauthenticated, NotFound, SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable
        GrantsUnavailable, AuditUnavailable
        """
        if not credential:
            if not self.runtime.settings.allow_public:
                raise Unauthenticated
            credential = PUBLIC
        admission = await self.grants.get(credential, slide_id)
        if time.time() >= admission.hour_ends_s:  # a new clock hour: the view is on record before the first pixel
            self.grants.drop(slide_id=slide_id)
            admission = await self.grants.get(credential, slide_id)
        return admission

    async def _stored(
        self, slide: ReadySlide, level: ReadyLevel, number: int, file: StoredFile
    ) -> tuple[bytes, PathKind]:
        """Read a stored tile, in the mount's threads if need be, and splice it."""
        offset, length = level.offsets[number], level.lengths[number]
        kind = PathKind.STORED
        data: bytes | bytearray | None = read_now(file.descriptor, offset, length)
        if data is None:
            kind = PathKind.SLOW_STORAGE
            data = await self.files.read(file, offset, length)
        if slide.sums is not None and checksum(data) != slide.sums[level.source_level][number]:
            if (slide.slide_id, slide.version) not in self._known_suspect:
                self._known_suspect.add((slide.slide_id, slide.version))
                await asyncio.to_thread(self._suspect, slide.slide_id)
            raise SlideSuspect
        return splice(level.parts, bytes(data), level.tile_width, level.tile_height), kind

    def _suspect(self, slide_id: str) -> None:
        """Mark the slide; its other tiles go on being served, each checked."""
        reason = Reason(code=SlideSuspect.code, message=SlideSuspect.default_message)
        with self.runtime.db.transaction() as session:
            set_state(session, [slide_id], SlideState.SUSPECT, reason)


@lru_cache(maxsize=4096)
def canonical(style: str | None) -> str | None:
    """Return the one way to write a style; None when it changes nothing.

    Raises
    ------
    InvalidRequest
        It is no style; the problems say where.
    """
    if style is None:
        return None
    parsed = parse_style(style)
    return None if parsed.plain else encode_style(parsed)


def _check_range(slide: ReadySlide, request: TileRequest) -> None:
    levels, info = slide.index.levels, slide.index.info
    if request.z >= len(levels):
        raise NotFound("The slide has no such level.")
    level = levels[request.z]
    if request.x >= level.cols or request.y >= level.rows:
        raise NotFound("The tile lies outside the slide.")
    missing_plane = isinstance(request.plane, int) and request.plane >= info.z_count
    if missing_plane or request.time >= info.t_count:
        raise NotFound("The slide has no such plane or time point.")


def _matches(header: bytes, etag: bytes) -> bool:
    """Compare an If-None-Match header (a list, weak tags, ``*``) with a tag (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix(b"W/") for tag in header.split(b",")]
    return etag in tags or tags == [b"*"]


def _complete(tile: MadeTile, caching: bytes, etag: bytes, kind: PathKind) -> Answer:
    headers = [*head(tile.media_type, caching), (b"content-length", b"%d" % len(tile.body)), (b"etag", etag)]
    if tile.empty:
        headers.append(EMPTY_MARK)
    return Answer(200, headers, tile.body, kind)
