"""People, sessions and tokens: who is looking.

Every room above may ask who is behind a request (:data:`CurrentViewer`, :func:`authenticate`).
This room never decides what somebody may see; that is ``access``.
"""

from coverslip.features.identity.guard import CSRF_HEADER, CurrentViewer, Policy, bearer_of, public, signed_in
from coverslip.features.identity.routes import router
from coverslip.features.identity.service import (
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
    "COOKIE",
    "CSRF_HEADER",
    "SYSTEM",
    "ApiTokenInfo",
    "CurrentViewer",
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
    "issue_one_time",
    "list_tokens",
    "local_administrator",
    "needs_touch",
    "public",
    "revoke_token",
    "router",
    "sign_in",
    "sign_out",
    "signed_in",
    "touch",
]
