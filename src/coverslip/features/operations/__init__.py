"""Is it alive, is it ready, how is it doing: what watchdogs, balancers and Prometheus ask."""

from coverslip.features.operations.routes import router

__all__ = ["router"]
