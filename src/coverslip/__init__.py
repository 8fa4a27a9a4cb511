"""Coverslip: a self-hosted digital pathology platform."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coverslip.imaging.slide import open_slide

__version__ = "0.1.0"
__all__ = ["open_slide"]


def __getattr__(name: str) -> Any:
    # Lazy, so that commands and the web server do not import the decoders.
    if name == "open_slide":
        from coverslip.imaging.slide import open_slide

        return open_slide
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
