"""Requests to a server: what goes wrong comes as one of two errors."""

from types import TracebackType
from typing import Any, Self

import httpx

from coverslip.core.client_errors import ServerRefused, ServerUnreachable


class Exchange:
    """Sends requests with a token and takes the answers.

    Parameters
    ----------
    http : httpx.Client
        With the API's address as its base.
    """

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

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
