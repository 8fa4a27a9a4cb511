"""Who may do what on what: scopes, grants, list filters as SQL, and the policy of every route.

Everything that can be seen hangs in a tree of scopes; a grant on a scope holds for all below it.
Closed by default: a route without a policy does not start, a list without ``visible`` shows nothing.
"""

from coverslip.features.access.grants import Granted, Grants
from coverslip.features.access.policies import check_policies, policy
from coverslip.features.access.service import (
    Action,
    create_scope,
    delete_scopes,
    grant,
    granted,
    granted_kinds,
    may,
    reparent,
    require,
    require_admin,
    visible,
)

__all__ = [
    "Action",
    "Granted",
    "Grants",
    "check_policies",
    "create_scope",
    "delete_scopes",
    "grant",
    "granted",
    "granted_kinds",
    "may",
    "policy",
    "reparent",
    "require",
    "require_admin",
    "visible",
]
