"""A connection to a server, and the slides on it."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final

import httpx

from coverslip.client.slide import Slide
from coverslip.core.client_errors import ServerRefused, ServerUnreachable

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


class Client:
    """A connection. Made by :func:`connect`."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

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

    # --- requests ---------------------------------------------------------------------------------

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON answer to a GET."""
        return self.request("GET", path, query).json()

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """Return the JSON answer to a POST of JSON."""
        return self.request("POST", path, query, json=body).json()

    def request(self, method: str, path: str, query: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        """Send a request and return its answer.

        Raises
        ------
        ServerRefused
            With the server's sentence, its code and its status.
        ServerUnreachable
        """
        said = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        try:
            response = self._http.request(method, path, params=said, **options)
        except httpx.TransportError as error:
            raise ServerUnreachable(f"The server cannot be reached: {type(error).__name__}.") from error
        if response.is_success:
            return response
        raise _refused(response)


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _refused(response: httpx.Response) -> ServerRefused:
    try:
        problem = response.json()
        return ServerRefused(problem["detail"], server_code=problem["code"], status=response.status_code)
    except (ValueError, KeyError, TypeError):
        return ServerRefused(f"The server answered {response.status_code}.", status=response.status_code)
