"""The floor: stored tiles passed through by a raw ASGI callable, with nothing around them.

No session, no permission, no version, no ETag, no check of the file. ``/{slide}/{z}/{x}/{y}``; the
slides' paths come in ``BENCH_SLIDES``, one a line. Run by uvicorn beside the server under test.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import tifffile

Send = Callable[[dict[str, Any]], Awaitable[None]]
_ADOBE_RGB = b"\xff\xee\x00\x0eAdobe\x00d\x00\x00\x00\x00\x00"


class _Slide:
    """Where the stored tiles of one slide lie, coarsest level first."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_RDONLY)
        self.levels = []
        with tifffile.TiffFile(path) as tiff:
            for page in tiff.pages:
                if page.is_tiled:
                    adobe = _ADOBE_RGB if page.photometric.name == "RGB" else b""
                    across = -(-page.imagewidth // page.tilewidth)
                    prefix = page.jpegtables[:-2] + adobe
                    self.levels.append((across, prefix, list(page.dataoffsets), list(page.databytecounts)))
        self.levels.reverse()


SLIDES: list[_Slide] = []


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    """Answer one tile."""
    if scope["type"] != "http":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                SLIDES.extend(_Slide(path) for path in os.environ["BENCH_SLIDES"].splitlines())
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    try:
        number, z, x, y = map(int, scope["path"].strip("/").split("/"))
        slide = SLIDES[number]
        across, prefix, offsets, lengths = slide.levels[z]
        tile = y * across + x
        body, status = prefix + os.pread(slide.file, lengths[tile], offsets[tile])[2:], 200
    except (ValueError, IndexError):
        body, status = b"", 404
    headers = [(b"content-type", b"image/jpeg"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
