"""Pixels over HTTP: tiles before all, then regions, thumbnails, associated images, originals.

``StoredTiles`` stands in front of the application; the routers are part of it.
"""

from coverslip.features.tiles.admission import NOBODY
from coverslip.features.tiles.asgi import StoredTiles
from coverslip.features.tiles.asking import Asking
from coverslip.features.tiles.decoding import PixelRoute
from coverslip.features.tiles.life import count, warm_up
from coverslip.features.tiles.routes import router
from coverslip.features.tiles.service import TileService

__all__ = ["NOBODY", "Asking", "PixelRoute", "StoredTiles", "TileService", "count", "router", "warm_up"]
