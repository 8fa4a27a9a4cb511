"""Is it alive, is it ready, how is it doing: what watchdogs, balancers and Prometheus ask; and what happened."""

from coverslip.features.operations.routes import router
from coverslip.features.operations.schemas_audit import AuditFormat
from coverslip.features.operations.trail import AuditQuery, record_start, search, understood, who_saw, written

__all__ = ["AuditFormat", "AuditQuery", "record_start", "router", "search", "understood", "who_saw", "written"]
