"""Who is behind a request, and how secrets are known without being kept.

Secrets that Coverslip makes are 256 random bits. The database holds their SHA-256: they are too
long to guess, so a slow password hash would protect nothing more.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from coverslip.infra.audit import AuditEvent, Outcome, record

ADMINISTRATOR: Final = "administrator"
OrganisationRole = Literal["administrator", "auditor", "operator"]
SessionKind = Literal["full", "limited"]
Scope = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is behind a request.

    Attributes
    ----------
    viewer_id : str
        The session's or token's id; a grant in memory is dropped by it.
    kind : str
        ``session`` (a browser), ``token`` (a script), ``share`` (a browser that came by a share link),
        ``system`` (Coverslip itself) or ``anonymous``.
    person_id, name : str
        Through a share link the id of the link, since nobody knows who it is.
    organisation_role : str or None
        ``administrator``, ``auditor`` or ``operator``; most people have none.
    expires_at : datetime or None
        When the credential ends unless it is used before; None only for the system.
    csrf_hash : str or None
        SHA-256 (hex) of the token that a browser must send with every change.
    last_active_at : datetime or None
        Activity as recorded, at minute granularity.
    group_ids : tuple of str
        The groups that the person is in.
    scopes : frozenset of str or None
        What a token was made for, of ``read``, ``write``, ``admin``; None means all that the person may.
    session_kind : str
        ``limited`` while the person must first accept the terms or set up a second factor.
    user_name : str
    share_id : str or None
        The link by which a viewer of kind ``share`` came.
    preview : bool
        Whether that is somebody who looks at their own link as its recipient will; ``person_id`` is theirs.
    """

    viewer_id: str
    kind: Literal["session", "token", "share", "system", "anonymous"]
    person_id: str
    name: str
    organisation_role: str | None
    expires_at: datetime | None
    csrf_hash: str | None
    last_active_at: datetime | None = None
    group_ids: tuple[str, ...] = ()
    scopes: frozenset[str] | None = None
    session_kind: SessionKind = "full"
    user_name: str = ""
    share_id: str | None = None
    preview: bool = False

    @property
    def is_admin(self) -> bool:
        """Whether this is an administrator, whatever the token's scopes."""
        return self.organisation_role == ADMINISTRATOR

    def may_use(self, scope: Scope) -> bool:
        """Whether the credential was made for this; a session is made for everything."""
        return self.scopes is None or scope in self.scopes


SYSTEM: Final = Viewer("system", "system", "system", "Coverslip", ADMINISTRATOR, None, None)
"""The viewer behind work that no person asked for: scans and jobs."""

ANONYMOUS: Final = Viewer("anonymous", "anonymous", "anonymous", "Anonymous", None, None, None)
"""Everybody who is not signed in, where an administrator allows public projects."""


def credential_hash(secret: str) -> str:
    """Return the SHA-256 (hex) under which a secret is known."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_token(cookie: str) -> str:
    """Return the CSRF token of a session; it follows from the secret, so nothing more is stored."""
    digest = hashlib.sha256(b"coverslip-csrf\0" + cookie.encode("utf-8", "surrogateescape")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def put_on_record(
    session: Session,
    action: str,
    kind: str,
    object_id: str | None,
    viewer: Viewer | None,
    *,
    outcome: Outcome = Outcome.DONE,
    **detail: Any,
) -> None:
    """Put what happens to accounts on the audit trail; ``detail`` holds ids, counts and words of ours only."""
    record(
        session,
        AuditEvent(
            action=action,
            object_kind=kind,
            object_id=object_id,
            outcome=outcome,
            principal=None if viewer is None else viewer.person_id,
            session_id=None if viewer is None else viewer.viewer_id,
            detail={name: value for name, value in detail.items() if value is not None},
        ),
    )
