"""How the rooms above get pixels of a slide for the client of a request: same grants, same caches."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from coverslip.features.tiles.asgi import SERVICE_KEY, credential_of
from coverslip.features.tiles.decoding import cache_key, gone_of, kept, run_while_wanted
from coverslip.features.tiles.ready import ASKED_EACH_TIME, ReadySlide
from coverslip.features.tiles.service import TileService, canonical
from coverslip.imaging import work


class Asking:
    """One client's request for pixels.

    Parameters
    ----------
    request : Request
    slide_id : str
    """

    def __init__(self, request: Request, slide_id: str) -> None:
        self._request = request
        self._slide_id = slide_id
        self._service: TileService = request.scope[SERVICE_KEY]
        self._credential, self._match = credential_of(request.scope["headers"])

    async def slide(self) -> ReadySlide:
        """Return the slide once the client may see it; the view is on record then.

        Raises
        ------
        Unauthenticated, NotFound, SlideNotReady, SlideMissing, StorageOffline, SlideUnreadable
        """
        return (await self._service.admitted(self._credential, self._slide_id)).slide

    async def tile(self, z: int, x: int, y: int, style: str | None) -> Response:
        """Return a full-size tile of the slide's own grid, to be asked for again each time."""
        query = b"" if style is None else b"style=" + style.encode("ascii", "replace")
        answer = await self._service.answer(
            self._credential, self._slide_id, f"{z}/{x}/{y}", query, self._match, gone_of(self._request)
        )
        response = Response(bytes(answer.body), answer.status)
        response.raw_headers = answer.headers
        return response

    async def region(self, slide: ReadySlide, wanted: Mapping[str, Any], style: str | None) -> Response:
        """Return a JPEG of any rectangle, kept in the disk cache.

        Parameters
        ----------
        wanted : mapping
            ``x``, ``y``, ``width``, ``height`` and ``downsample``, as of ``make_region``.
        """
        style = canonical(style)
        key = cache_key(slide.version, "region", *(wanted[name] for name in sorted(wanted)), style or "")
        etag = f'"{key}"'
        headers = {"Cache-Control": ASKED_EACH_TIME.decode(), "Vary": "Cookie, Authorization", "ETag": etag}
        file = await self._service.files.get(slide.files[0])
        if self._match is not None and self._match == etag.encode():
            return Response(status_code=304, headers=headers)
        runtime = self._service.runtime

        async def make() -> bytes:
            body, _, _ = await run_while_wanted(
                self._request,
                runtime,
                work.make_region,
                str(slide.index_path),
                {**wanted, "format": "jpeg", "style": style},
                device=file.inode[0],
            )
            return body

        return Response(await kept(runtime, key, make), media_type="image/jpeg", headers=headers)
