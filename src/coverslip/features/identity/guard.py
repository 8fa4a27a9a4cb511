"""What stands before a route: who is asking, and may this browser change anything.

A route declares its policy as a dependency, so the mark and the check are one thing::

    @router.get("/slides", dependencies=[policy(Action.VIEW)])

``access`` builds policies for actions; the two that need no action are here.
"""

import hmac
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.params import Depends as DependsParameter

from coverslip.core.errors import CsrfRefused, Unauthenticated
from coverslip.features.identity.service import (
    COOKIE,
    Viewer,
    authenticate,
    close,
    credential_hash,
    expired,
    needs_touch,
    touch,
)
from coverslip.infra.runtime import Runtime
from coverslip.infra.web import CurrentRuntime

CSRF_HEADER: Final = "X-CSRF-Token"
BACKGROUND_HEADER: Final = "X-Coverslip-Background"
"""Sent by the web app with what no person asked for (polling, prefetch): it keeps no session alive."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Policy(DependsParameter):
    """A dependency that says who may use a route; ``check_policies`` looks for exactly one on each."""

    def __init__(self, dependency: Callable[..., Any], label: str) -> None:
        super().__init__(dependency)
        object.__setattr__(self, "label", label)


def bearer_of(authorization: str | None) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header, or None for anything else."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def current_viewer(request: Request, runtime: CurrentRuntime) -> Viewer:
    """Say who is asking.

    Raises
    ------
    Unauthenticated
        Nobody who is signed in.
    CsrfRefused
        A browser changes something without its session's token.
    """
    cookie, bearer = request.cookies.get(COOKIE), bearer_of(request.headers.get("authorization"))
    try:
        with runtime.db.read() as session:
            viewer = authenticate(session, cookie=cookie, bearer=bearer)
    except Unauthenticated:
        if cookie or bearer:
            _close(runtime, cookie, bearer)
        raise
    request.state.person_id = viewer.person_id
    if viewer.csrf_hash is not None and request.method not in _SAFE_METHODS:
        offered = credential_hash(request.headers.get(CSRF_HEADER, ""))
        if not hmac.compare_digest(offered, viewer.csrf_hash):
            raise CsrfRefused
    if needs_touch(viewer) and BACKGROUND_HEADER.lower() not in request.headers:
        with runtime.db.transaction() as session:
            touch(session, viewer)
    return viewer


CurrentViewer = Annotated[Viewer, Depends(current_viewer)]


def anyone() -> None:
    """Let everybody pass."""


public: Final = Policy(anyone, "public")
signed_in: Final = Policy(current_viewer, "signed in")


def _close(runtime: Runtime, cookie: str | None, bearer: str | None) -> None:
    with runtime.db.read() as session:
        ended = expired(session, cookie=cookie, bearer=bearer)
    if ended is not None:
        with runtime.db.transaction() as session:
            close(session, ended)
