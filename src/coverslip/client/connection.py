"""A connection to a server, and the slides on it."""

from collections.abc import Iterator
from typing import Any, Final

import httpx

from coverslip.client.exchange import Exchange
from coverslip.client.slide import Slide
from coverslip.core.client_errors import ServerRefused

API: Final = "/api/v1"
TIMEOUT_S: Final = 120.0


def connect(url: str, token: str | None = None, *, timeout_s: float = TIMEOUT_S, verify: Any = True) -> "Client":
    """Connect to a server.

    Parameters
    ----------
    url : str
        Address of the server, such as ``https://slides.example.org``.
    token : str or None
        What ``coverslip token create`` prints; without one only public projects are seen.
    timeout_s : float
    verify : bool or ssl.SSLContext
        As ``httpx`` has it, for certificates of one's own.

    Returns
    -------
    Client
        Use it in a ``with`` block, or close it.
    """
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return Client(httpx.Client(base_url=url.rstrip("/") + API, headers=headers, timeout=timeout_s, verify=verify))


class Client(Exchange):
    """A connection. Made by :func:`connect`."""

    def slides(self, project: str | None = None, **filters: Any) -> Iterator[Slide]:
        """Yield slides that the token may see.

        Parameters
        ----------
        project : str or None
            Id or name of a project, with those below it.
        **filters
            Any parameter of ``GET /slides``, such as ``q``, ``stain`` or ``tag``.
        """
        if project is not None:
            filters["project_id"] = self._project_id(project)
        cursor: str | None = None
        while True:
            page = self.get("/slides", **filters, limit=100, cursor=cursor)
            for one in page["items"]:
                yield Slide(self, one["slide_id"], one)
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def slide(self, slide_id: str) -> Slide:
        """Return a slide by its id; nothing is asked before it is used."""
        return Slide(self, slide_id)

    def _project_id(self, text: str) -> str:
        listed = self.get("/projects")["items"]
        found = [one["project_id"] for one in listed if text in (one["project_id"], one["name"])]
        if len(found) != 1:
            how = "no project" if not found else f"{len(found)} projects"
            raise ServerRefused(f"There is {how} named {text}.", server_code="not_found", status=404)
        return str(found[0])
