"""large_image behind bare WSGI: kinder to it than any real deployment, which adds a database and sessions.

One tile source for each slide is held open in each worker. Runs in the peers' own environment, so
it imports nothing of ours. ``/{slide}/{z}/{x}/{y}``, z = 0 the level that fits in one tile.

Environment: ``BENCH_SLIDES`` (paths, one a line), ``BENCH_SOURCE`` (openslide, tiff, or auto for the
peer's own choice), ``BENCH_ICC`` (on, its default, or off: only then can it hand out stored tiles).
"""

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any


@functools.cache
def source(number: int) -> Any:
    """Open a slide."""
    import large_image

    if os.environ.get("BENCH_ICC") == "off":
        large_image.config.setConfig("icc_correction", False)
    path = os.environ["BENCH_SLIDES"].splitlines()[number]
    # Its own default is quality 95 without chroma subsampling, which is dearer than what we send.
    how = {"encoding": "JPEG", "jpegQuality": 80, "jpegSubsampling": 2}
    kind = os.environ.get("BENCH_SOURCE", "auto")
    if kind == "auto":
        return large_image.open(path, **how)
    return importlib.import_module(f"large_image_source_{kind}").open(path, **how)


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer one tile."""
    try:
        number, z, x, y = (int(part) for part in environ["PATH_INFO"].strip("/").split("/"))
        body = bytes(source(number).getTile(x, y, z))
    except Exception as problem:  # noqa: BLE001 - whatever the peer raises is its answer
        text = repr(problem).encode()
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
        return [text]
    start_response("200 OK", [("Content-Type", "image/jpeg"), ("Content-Length", str(len(body)))])
    return [body]
