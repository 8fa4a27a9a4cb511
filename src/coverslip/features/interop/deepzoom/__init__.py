"""Deep Zoom images (DZI): any slide in OpenSeadragon and whatever else reads the format."""

from coverslip.features.interop.deepzoom.routes import router

__all__ = ["router"]
