"""What stands before a route: who is asking, and may this browser or script change anything.

A route declares its policy as a dependency, so the mark and the check are one thing::

    @router.get("/slides", dependencies=[policy(Action.VIEW)])

``access`` builds policies for actions; those that need no action are here.
"""

import hmac
from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.params import Depends as DependsParameter
from starlette.requests import HTTPConnection

from coverslip.core.errors import CsrfRefused, Forbidden, Unauthenticated
from coverslip.core.identity_errors import DutiesOpen, ScopeRefused, SessionOnly
from coverslip.core.share_errors import NotThroughShare
from coverslip.features.identity.callers import Caller
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.presented import Presented, presented_by
from coverslip.features.identity.sessions import (
    COOKIE,
    authenticate,
    close,
    expired,
    needs_touch,
    require_proof,
    touch,
)
from coverslip.features.identity.share_sessions import SHARE_COOKIE
from coverslip.features.identity.viewer import ANONYMOUS, Viewer, credential_hash
from coverslip.infra.forwarded import PEER
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


# --- who ----------------------------------------------------------------------------------------


def any_viewer(request: HTTPConnection, runtime: CurrentRuntime) -> Viewer:
    """Say who is asking: a person, also while they have duties to do, or somebody who came by a share link.

    Where public projects are allowed, that may be nobody in particular. The handshake of a socket changes
    nothing and is no activity; that no other site makes it is the check of origins.

    Raises
    ------
    Unauthenticated
        Nobody who is signed in.
    CsrfRefused
        A browser changes something without its session's token.
    ScopeRefused
        The token was not made for this.
    """
    is_socket = request.scope["type"] == "websocket"
    safe = is_socket or request.scope["method"] in _SAFE_METHODS
    shown = presented_by(request)
    if not shown.anything and safe and runtime.settings.allow_public:
        return ANONYMOUS
    try:
        with runtime.db.read() as session:
            viewer = authenticate(session, cookie=shown.cookie, bearer=shown.bearer, share=shown.share, limited=True)
    except Unauthenticated:
        if shown.anything:
            _close(runtime, shown)
        raise
    request.state.person_id = viewer.person_id
    if viewer.csrf_hash is not None and not safe:
        offered = credential_hash(request.headers.get(CSRF_HEADER, ""))
        if not hmac.compare_digest(offered, viewer.csrf_hash):
            raise CsrfRefused
    # Which routes a share link opens is said by each of them; it needs no scope for what it may change there.
    if viewer.kind != "share" and not viewer.may_use("read" if safe else "write"):
        raise ScopeRefused
    if not is_socket and needs_touch(viewer) and BACKGROUND_HEADER.lower() not in request.headers:
        with runtime.db.transaction() as session:
            touch(session, viewer)
    return viewer


AnyViewer = Annotated[Viewer, Depends(any_viewer)]
"""Also somebody who came by a share link: for routes whose policy opens them to such."""


def limited_viewer(viewer: AnyViewer) -> Viewer:
    """Say which person is asking, also while they have duties to do.

    Raises
    ------
    NotThroughShare
        Nobody's account stands behind a share link: whatever does not say that it is open to such is closed.
    """
    if viewer.kind == "share":
        raise NotThroughShare
    return viewer


LimitedViewer = Annotated[Viewer, Depends(limited_viewer)]


def current_viewer(viewer: LimitedViewer) -> Viewer:
    """Say who is asking.

    Raises
    ------
    DutiesOpen
        They must first accept the terms of use or set up a second factor.
    """
    if viewer.session_kind != "full":
        raise DutiesOpen
    return viewer


CurrentViewer = Annotated[Viewer, Depends(current_viewer)]


def onlooker(viewer: AnyViewer) -> Viewer:
    """Say who is looking: a person without open duties, somebody who came by a share link, or the public.

    Raises
    ------
    DutiesOpen
    """
    if viewer.session_kind != "full":
        raise DutiesOpen
    return viewer


Onlooker = Annotated[Viewer, Depends(onlooker)]


def let_in(viewer: AnyViewer) -> Viewer:
    """Let pass who is signed in or came by a share link, also while they have duties to do.

    Raises
    ------
    Unauthenticated
    """
    if viewer.kind == "anonymous":
        raise Unauthenticated
    return viewer


def guest(viewer: AnyViewer) -> Viewer:
    """Let pass only who came by a share link.

    Raises
    ------
    Unauthenticated
    """
    if viewer.kind != "share":
        raise Unauthenticated
    return viewer


Guest = Annotated[Viewer, Depends(guest)]


def somebody(viewer: CurrentViewer) -> Viewer:
    """Let pass who is signed in.

    Raises
    ------
    Unauthenticated
    """
    if viewer.kind == "anonymous":
        raise Unauthenticated
    return viewer


def somebody_limited(viewer: LimitedViewer) -> Viewer:
    """Let pass who is signed in, also while they have duties to do.

    Raises
    ------
    Unauthenticated
    """
    if viewer.kind == "anonymous":
        raise Unauthenticated
    return viewer


Somebody = Annotated[Viewer, Depends(somebody)]
LimitedSomebody = Annotated[Viewer, Depends(somebody_limited)]


def browser_viewer(viewer: Somebody) -> Viewer:
    """Let a person in a browser pass, no script.

    Raises
    ------
    SessionOnly
    """
    if viewer.kind != "session":
        raise SessionOnly
    return viewer


def limited_browser_viewer(viewer: LimitedSomebody) -> Viewer:
    """Let a person in a browser pass, also while they have duties to do.

    Raises
    ------
    SessionOnly
    """
    if viewer.kind != "session":
        raise SessionOnly
    return viewer


def administrator_viewer(viewer: Somebody) -> Viewer:
    """Let an administrator pass, or a token of theirs that was made for this.

    Raises
    ------
    Forbidden, ScopeRefused
    """
    if not viewer.is_admin:
        raise Forbidden("Only an administrator may do this.")
    if not viewer.may_use("admin"):
        raise ScopeRefused
    return viewer


def _proved(viewer: LimitedSomebody, runtime: CurrentRuntime) -> None:
    with runtime.db.read() as session:
        require_proof(session, viewer)


def anyone() -> None:
    """Let everybody pass."""


public: Final = Policy(anyone, "public")
signed_in: Final = Policy(somebody, "signed in")
signed_in_limited: Final = Policy(somebody_limited, "signed in, also with duties")
let_in_somehow: Final = Policy(let_in, "signed in or by a share link, also with duties")
by_share: Final = Policy(guest, "by a share link")
in_browser: Final = Policy(browser_viewer, "a browser")
in_browser_limited: Final = Policy(limited_browser_viewer, "a browser, also with duties")
administrator: Final = Policy(administrator_viewer, "admin")
proof: Final = Depends(_proved)
"""Beside a policy: also needs a proof of the last 15 minutes."""


# --- from where -----------------------------------------------------------------------------------


def caller_of(request: Request) -> Caller:
    """Return where a request comes from."""
    return Caller(
        request.client.host[:64] if request.client else "unknown",
        request.headers.get("user-agent"),
        request.cookies.get(COOKIE),
        request.cookies.get(SHARE_COOKIE),
    )


def real_peer(request: Request) -> str:
    """Return the address at the other end of the connection, whatever a proxy says about who is behind it."""
    client = request.client
    peer: str = request.scope.get(PEER) or (client.host if client else "unknown")
    return peer


def site_of(request: Request, runtime: CurrentRuntime) -> Site:
    """Return the address by which people reach this server: as set, or as this request says."""
    parts = urlsplit(runtime.settings.base_url or f"{request.url.scheme}://{request.url.netloc}")
    return Site(parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}")


CurrentCaller = Annotated[Caller, Depends(caller_of)]
CurrentSite = Annotated[Site, Depends(site_of)]


def _close(runtime: Runtime, shown: Presented) -> None:
    with runtime.db.read() as session:
        ended = expired(session, cookie=shown.cookie, bearer=shown.bearer, share=shown.share)
    if ended is not None:
        with runtime.db.transaction() as session:
            close(session, ended)
