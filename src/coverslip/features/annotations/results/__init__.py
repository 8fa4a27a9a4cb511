"""Result layers and overlays: bulk results of analyses and imports, immutable, columnar, served as tiles.

Writers call :func:`publish_layer` with batches of shapes, and :func:`publish_overlay` with a picture of values.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from coverslip.features.annotations.results.files import SWEEP_EVERY_S, sweep
from coverslip.features.annotations.results.routes import router

if TYPE_CHECKING:
    from coverslip.features.annotations.results.facts import faults
    from coverslip.features.annotations.results.publishing import batches_of, publish_layer, publish_overlay
    from coverslip.features.annotations.results.shapes import Shapes, from_points, from_ragged, from_shapely, from_wkb
    from coverslip.features.annotations.results.truth import LayerClass
    from coverslip.features.annotations.results.writing import Batch

__all__ = [
    "SWEEP_EVERY_S",
    "Batch",
    "LayerClass",
    "Shapes",
    "batches_of",
    "faults",
    "from_points",
    "from_ragged",
    "from_shapely",
    "from_wkb",
    "publish_layer",
    "publish_overlay",
    "router",
    "sweep",
]

# Lazy, because these bring libraries of shapes and columns, which a web process that shows slides does not need.
_LATER: Final = {
    "faults": "facts",
    **dict.fromkeys(("batches_of", "publish_layer", "publish_overlay"), "publishing"),
    **dict.fromkeys(("Shapes", "from_points", "from_ragged", "from_shapely", "from_wkb"), "shapes"),
    "LayerClass": "truth",
    "Batch": "writing",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
