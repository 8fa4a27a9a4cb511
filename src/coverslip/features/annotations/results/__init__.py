"""Result layers and overlays: bulk results of analyses and imports, immutable, columnar, served as tiles.

Writers call :func:`publish_layer` with batches of shapes, and :func:`publish_overlay` with a picture of values.
"""

from coverslip.features.annotations.results.facts import faults
from coverslip.features.annotations.results.publishing import (
    SWEEP_EVERY_S,
    batches_of,
    publish_layer,
    publish_overlay,
    sweep,
)
from coverslip.features.annotations.results.routes import router
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
