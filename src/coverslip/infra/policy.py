"""What a browser may load and run in our pages: nothing from elsewhere, nothing written into the page.

No ``unsafe-inline``, no ``unsafe-eval``. Style sheets that the UI library writes at run time carry the
page's nonce, a random word that is new with every page. What a page violates is reported and counted.
"""

import json
import secrets
from collections.abc import Sequence
from typing import Final

from coverslip.infra.origins import REPORTS

NONCE_MARK: Final = b"CSP_NONCE"
"""Where the built page wants its nonce."""

FRAMED: Final = "coverslip.framed"
"""Set in the scope of a page that other sites may show in a frame."""

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
    "frame-ancestors {frames}",
    f"report-uri {REPORTS}",
)
DIRECTIVES: Final = frozenset(one.partition(" ")[0] for one in _DIRECTIVES) | {
    f"{kind}-src-{part}" for kind in ("script", "style") for part in ("elem", "attr")
}
"""The names by which violations are counted."""


def new_nonce() -> str:
    """Return a nonce for one page: 128 random bits."""
    return secrets.token_urlsafe(16)


def content_policy(nonce: str | None = None, framed_by: Sequence[str] = ()) -> bytes:
    """Return the value of ``Content-Security-Policy``.

    Parameters
    ----------
    framed_by : sequence of str
        Origins that may show the page in a frame; nobody may where there are none.
    """
    allowed = "" if nonce is None else f" 'nonce-{nonce}'"
    frames = " ".join(framed_by) or "'none'"
    return "; ".join(_DIRECTIVES).replace("{nonce}", allowed).replace("{frames}", frames).encode()


def violated(report: bytes) -> str:
    """Return which rule a browser's report is about, ``other`` for anything that is no such report."""
    try:
        found = json.loads(report)["csp-report"]
        said = found.get("effective-directive") or found.get("violated-directive")
        name = str(said).partition(" ")[0]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "other"
    return name if name in DIRECTIVES else "other"
