"""People, sessions and tokens: who is looking.

Every room above may ask who is behind a request (:data:`CurrentViewer`, :func:`authenticate`).
This room never decides what somebody may see; that is ``access``.
"""

from coverslip.features.identity.directory import (
    GroupInfo,
    PersonInfo,
    groups_by_ids,
    groups_of,
    members_of_groups,
    people_by_ids,
    search_groups,
    search_people,
)
from coverslip.features.identity.guard import CSRF_HEADER, CurrentViewer, Policy, bearer_of, public, signed_in
from coverslip.features.identity.routes import router
from coverslip.features.identity.service import (
    ANONYMOUS,
    COOKIE,
    SYSTEM,
    ApiTokenInfo,
    SignedIn,
    SignInDenied,
    Viewer,
    authenticate,
    authenticate_hashed,
    create_token,
    credential_hash,
    ensure_administrator,
    issue_one_time,
    list_tokens,
    local_administrator,
    needs_touch,
    revoke_token,
    sign_in,
    sign_out,
    touch,
)

__all__ = [
    "ANONYMOUS",
    "COOKIE",
    "CSRF_HEADER",
    "SYSTEM",
    "ApiTokenInfo",
    "CurrentViewer",
    "GroupInfo",
    "PersonInfo",
    "Policy",
    "SignInDenied",
    "SignedIn",
    "Viewer",
    "authenticate",
    "authenticate_hashed",
    "bearer_of",
    "create_token",
    "credential_hash",
    "ensure_administrator",
    "groups_by_ids",
    "groups_of",
    "issue_one_time",
    "list_tokens",
    "local_administrator",
    "members_of_groups",
    "needs_touch",
    "people_by_ids",
    "public",
    "revoke_token",
    "router",
    "search_groups",
    "search_people",
    "sign_in",
    "sign_out",
    "signed_in",
    "touch",
]
