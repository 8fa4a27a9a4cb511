"""What a browser may load and run in our pages: nothing from elsewhere, nothing written into the page.

No ``unsafe-inline``, no ``unsafe-eval``. Style sheets that the UI library writes at run time carry the
page's nonce, a random word that is new with every page. What a page violates is reported and counted.
"""

import json
import secrets
from typing import Final

from coverslip.infra.origins import REPORTS

NONCE_MARK: Final = b"CSP_NONCE"
"""Where the built page wants its nonce."""

_DIRECTIVES: Final = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'{nonce}",
    "img-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    f"report-uri {REPORTS}",
)
DIRECTIVES: Final = frozenset(one.partition(" ")[0] for one in _DIRECTIVES) | {
    f"{kind}-src-{part}" for kind in ("script", "style") for part in ("elem", "attr")
}
"""The names by which violations are counted."""


def new_nonce() -> str:
    """Return a nonce for one page: 128 random bits."""
    return secrets.token_urlsafe(16)


def content_policy(nonce: str | None = None) -> bytes:
    """Return the value of ``Content-Security-Policy``."""
    allowed = "" if nonce is None else f" 'nonce-{nonce}'"
    return "; ".join(_DIRECTIVES).replace("{nonce}", allowed).encode()


def violated(report: bytes) -> str:
    """Return which rule a browser's report is about, ``other`` for anything that is no such report."""
    try:
        found = json.loads(report)["csp-report"]
        said = found.get("effective-directive") or found.get("violated-directive")
        name = str(said).partition(" ")[0]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "other"
    return name if name in DIRECTIVES else "other"
