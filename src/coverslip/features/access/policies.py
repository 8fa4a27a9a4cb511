"""The policy of each route: a dependency that checks, and that the start looks for.

::

    @router.get("/slides", dependencies=[policy(Action.VIEW)])     # rows filtered by visible()
    @router.post("/roots", dependencies=[policy(Action.ADMIN)])    # an administrator
    @router.get("/audit/records", dependencies=[policy.auditor])   # an administrator or an auditor
    @router.get("/imports/roots", dependencies=[policy.operator])  # an administrator or an operator
    @router.get("/cases", dependencies=[policy.onlooker])          # who may look, also by a share link
    @router.get("/app", dependencies=[policy.public])              # anybody
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount, Route

from coverslip.core.errors import StartRefused, Unauthenticated
from coverslip.core.identity_errors import ScopeRefused
from coverslip.features.access.rules import Action, token_allows
from coverslip.features.access.service import require_admin, require_auditor, require_operator
from coverslip.features.identity import CurrentViewer, Onlooker, Policy, public, signed_in


def _administrator(viewer: CurrentViewer) -> None:
    if viewer.kind == "anonymous":
        raise Unauthenticated
    require_admin(viewer)


def _acting(action: Action) -> Callable[..., None]:
    """Return a dependency that lets pass whose credential is good for an action at all."""

    def dependency(viewer: CurrentViewer) -> None:
        if viewer.kind == "anonymous" and action is not Action.VIEW:
            raise Unauthenticated
        if not token_allows(viewer, action):
            raise ScopeRefused

    return dependency


def _onlooker(viewer: Onlooker) -> None:
    """Let pass whose credential is good for looking, a share link too: such a route takes an ``Onlooker``."""
    if not token_allows(viewer, Action.VIEW):
        raise ScopeRefused


def _auditor(viewer: CurrentViewer) -> None:
    require_auditor(viewer)


def _operator(viewer: CurrentViewer, request: Request) -> None:
    if viewer.kind == "anonymous":
        raise Unauthenticated
    require_operator(viewer, changes=request.method not in ("GET", "HEAD"))


class _Policies:
    """Makes policies; calling it gives the one for an action."""

    public: Final = public
    signed_in: Final = signed_in
    auditor: Final = Policy(_auditor, "auditor")
    operator: Final = Policy(_operator, "operator")
    onlooker: Final = Policy(_onlooker, "view, also by a share link")

    def __init__(self) -> None:
        self._known = {one: Policy(_acting(one), one) for one in Action}
        self._known[Action.ADMIN] = Policy(_administrator, Action.ADMIN)

    def __call__(self, action: Action) -> Policy:
        """Return the policy for an action.

        It checks that somebody is signed in (and CSRF) with a credential that is good for it; which
        object they may touch is decided by ``require`` and ``visible`` in the service, which knows
        it. Only VIEW lets pass who is not signed in, where public projects are allowed, to read:
        who changes anything is signed in and has a token for it, as identity demands of every route.
        """
        return self._known[action]


policy: Final = _Policies()


def check_policies(app: FastAPI, also: Sequence[str] = ()) -> None:
    """Refuse to start when a route says nothing about who may use it.

    Parameters
    ----------
    also : sequence of str
        Paths of routes that are no API routes (the OpenAPI document, the web app) and are public.

    Raises
    ------
    StartRefused
        Names the routes.
    """
    bare = sorted(path for path, route in _flatten(app.routes, "") if not _declared(route) and path not in also)
    if bare:
        raise StartRefused(f"No policy is declared for {', '.join(bare)}.")


def _flatten(routes: Sequence[BaseRoute], prefix: str) -> Iterator[tuple[str, BaseRoute]]:
    """Yield every route with its full path; FastAPI keeps included routers as one entry each."""
    for route in routes:
        path = prefix + str(getattr(route, "path", ""))
        context = getattr(route, "include_context", None)
        if isinstance(route, Mount) and route.routes:
            yield from _flatten(route.routes, path)
        elif context is not None:
            yield from _flatten(context.included_router.routes, prefix + str(context.prefix))
        else:
            yield path, route


def _declared(route: BaseRoute) -> bool:
    if isinstance(route, APIRoute | APIWebSocketRoute):
        return sum(isinstance(one, Policy) for one in route.dependencies) == 1
    return isinstance(route, Route) and getattr(route.endpoint, "coverslip_policy", None) == "public"
