"""Coverslip: a self-hosted digital pathology platform."""

from typing import TYPE_CHECKING, Any

from coverslip.core.version import __version__

if TYPE_CHECKING:
    from coverslip.client import connect
    from coverslip.imaging.slide import open_slide

__all__ = ["__version__", "connect", "open_slide"]


def __getattr__(name: str) -> Any:
    # Lazy, so that commands and the web server do not import the decoders.
    if name == "open_slide":
        from coverslip.imaging.slide import open_slide

        return open_slide
    if name == "connect":
        from coverslip.client import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
