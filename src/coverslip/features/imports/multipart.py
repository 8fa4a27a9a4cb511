"""``multipart/form-data`` read as a stream (RFC 7578): a slide of gigabytes is never held in memory.

Small parts are values, parts with a file name are handed on piece by piece.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from coverslip.core.errors import InvalidRequest

LONGEST_VALUE: Final = 64 * 2**10
LONGEST_HEADER: Final = 16 * 2**10
MOST_PARTS: Final = 1000
_PARAMETER: Final = re.compile(r';\s*([A-Za-z*]+)="((?:[^"\\]|\\.)*)"')
_BOUNDARY: Final = re.compile(r'boundary="?([A-Za-z0-9\'()+_,./:=? -]{1,70})"?')


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A part with its headers."""

    name: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """More bytes of the part that began last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part that began last is whole."""


Event = PartBegins | PartData | PartEnds


def boundary_of(content_type: str) -> bytes:
    """Return what separates the parts.

    Raises
    ------
    InvalidRequest
        The body is something else.
    """
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or found is None:
        raise InvalidRequest("Send the slide as a form: curl -F file=@slide.svs.")
    return found[1].rstrip().encode()


async def read_form(body: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[Event]:
    """Yield the parts of a form as they come.

    Raises
    ------
    InvalidRequest
        The body is no form or ends too early.
    """
    reader = _Reader(body)
    delimiter = b"\r\n--" + boundary
    await reader.begin(b"\r\n")  # so that the first delimiter looks as all others do
    async for _ in reader.until(delimiter):
        pass  # what stands before the first part means nothing
    for _ in range(MOST_PARTS):
        ending = await reader.take(2)
        if ending == b"--":
            return
        head = b"" if ending != b"\r\n" else await reader.line_end(b"\r\n\r\n", LONGEST_HEADER)
        yield _begins(head)
        async for data in reader.until(delimiter):
            yield PartData(data)
        yield PartEnds()
    raise InvalidRequest(f"A form has at most {MOST_PARTS} parts here.")


class _Reader:
    """A stream with a little of it at hand."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._kept = bytearray()

    async def begin(self, data: bytes) -> None:
        self._kept += data
        await self._more()

    async def until(self, delimiter: bytes) -> AsyncIterator[bytes]:
        """Yield everything before a delimiter, and pass it."""
        while True:
            at = self._kept.find(delimiter)
            if at >= 0:
                if at:
                    yield bytes(self._kept[:at])
                del self._kept[: at + len(delimiter)]
                return
            sure = len(self._kept) - len(delimiter) + 1
            if sure > 0:
                yield bytes(self._kept[:sure])
                del self._kept[:sure]
            await self._more()

    async def take(self, count: int) -> bytes:
        while len(self._kept) < count:
            await self._more()
        taken = bytes(self._kept[:count])
        del self._kept[:count]
        return taken

    async def line_end(self, end: bytes, most: int) -> bytes:
        while (at := self._kept.find(end)) < 0:
            if len(self._kept) > most:
                raise InvalidRequest("A part of the form has headers that are too long.")
            await self._more()
        taken = bytes(self._kept[:at])
        del self._kept[: at + len(end)]
        return taken

    async def _more(self) -> None:
        async for data in self._body:
            if data:
                self._kept += data
                return
        raise InvalidRequest("The form ends before its last part does; send it again.")


def _begins(head: bytes) -> PartBegins:
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The headers of the form must be UTF-8.") from error
    said = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    given = {name.lower(): _plain(value) for name, value in _PARAMETER.findall(said)}
    if "name" not in given:
        raise InvalidRequest("A part of the form has no name.")
    return PartBegins(given["name"], given.get("filename"))


def _plain(value: str) -> str:
    """Undo what browsers and curl do to quotes and line ends in a name."""
    for escaped, char in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"), ('\\"', '"')):
        value = value.replace(escaped, char)
    return value
