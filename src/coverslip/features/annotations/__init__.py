"""Drawn objects, their layers, classes and comments: an operation with a base revision, a journal entry, a state.

Other rooms draw with :func:`apply`, read with :func:`snapshot` and make layers with :func:`create_layer`.
The journal itself is ``infra.journal``; ``live`` passes it on without knowing this room.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter

from coverslip.features.access import register_texts
from coverslip.features.annotations import routes, routes_exchange, routes_layers
from coverslip.features.annotations.authors import Author, author_of, sit_down
from coverslip.features.annotations.classes import known_classes
from coverslip.features.annotations.found_files import HANDLERS as JOB_HANDLERS
from coverslip.features.annotations.found_files import LIMITS as JOB_LIMITS
from coverslip.features.annotations.layers import create_layer, get_layer, layer_doc, visible_layers
from coverslip.features.annotations.owned import OWNED
from coverslip.features.annotations.reading import Snapshot, Wanted, entry_doc, snapshot
from coverslip.features.annotations.results import SWEEP_EVERY_S, sweep
from coverslip.features.annotations.results import router as results_router
from coverslip.features.annotations.schemas import LayerIn, OpIn
from coverslip.features.annotations.schemas_exchange import ImportOut
from coverslip.features.annotations.service import apply
from coverslip.features.annotations.texts import texts_on
from coverslip.features.identity import register_owned

if TYPE_CHECKING:
    from coverslip.features.annotations.cutting import cut_tiles
    from coverslip.features.annotations.exchange import SUFFIXES
    from coverslip.features.annotations.exchange.training import TileWish
    from coverslip.features.annotations.exporting import Exported, export_slide
    from coverslip.features.annotations.importing import Asked, import_file
    from coverslip.features.annotations.results import (
        Batch,
        LayerClass,
        Shapes,
        batches_of,
        faults,
        from_points,
        from_ragged,
        from_shapely,
        from_wkb,
        publish_layer,
        publish_overlay,
    )

register_owned(OWNED)
register_texts(texts_on)

router: Final = APIRouter()
for part in (routes_exchange, routes, routes_layers):
    router.include_router(part.router)
router.include_router(results_router)

__all__ = [
    "JOB_HANDLERS",
    "JOB_LIMITS",
    "SUFFIXES",
    "SWEEP_EVERY_S",
    "Asked",
    "Author",
    "Batch",
    "Exported",
    "ImportOut",
    "LayerClass",
    "LayerIn",
    "OpIn",
    "Shapes",
    "Snapshot",
    "TileWish",
    "Wanted",
    "apply",
    "author_of",
    "batches_of",
    "create_layer",
    "cut_tiles",
    "entry_doc",
    "export_slide",
    "faults",
    "from_points",
    "from_ragged",
    "from_shapely",
    "from_wkb",
    "get_layer",
    "import_file",
    "known_classes",
    "layer_doc",
    "publish_layer",
    "publish_overlay",
    "router",
    "sit_down",
    "snapshot",
    "sweep",
    "texts_on",
    "visible_layers",
]

# Lazy, because these bring libraries for shapes, columns and files, which a web process that shows slides never needs.
_LATER: Final = {
    "cut_tiles": "cutting",
    "SUFFIXES": "exchange",
    "TileWish": "exchange.training",
    **dict.fromkeys(("Exported", "export_slide"), "exporting"),
    **dict.fromkeys(("Asked", "import_file"), "importing"),
    **dict.fromkeys(("Batch", "LayerClass", "Shapes", "batches_of", "faults", "from_points", "from_ragged"), "results"),
    **dict.fromkeys(("from_shapely", "from_wkb", "publish_layer", "publish_overlay"), "results"),
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
