"""Coverslip: a self-hosted digital pathology platform."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from coverslip.core.version import __version__

if TYPE_CHECKING:
    from coverslip.imaging.slide import open_slide

__all__ = ["__version__", "connect", "open_slide"]


def __getattr__(name: str) -> Any:
    # Lazy, so that commands and the web server do not import the decoders.
    if name == "open_slide":
        from coverslip.imaging.slide import open_slide

        return open_slide
    if name == "connect":
        # By name, because rooms of every floor read the version here, and none of them may know the client.
        return import_module("coverslip.client").connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
