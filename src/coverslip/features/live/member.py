"""One person at one socket: what waits to be sent to them, and how fast they may speak."""

import asyncio
import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from coverslip.core.errors import CoverslipError
from coverslip.core.time import monotonic_s
from coverslip.features.live.messages import clean_name
from coverslip.features.live.rights import Credential, Sight
from coverslip.features.live.words import written

MESSAGES_A_SECOND: Final = 40
MOST_WAITING_BYTES: Final = 4 * 2**20
TOO_SLOW: Final = (4408, "too_slow")
SIGNED_OUT: Final = (4401, "unauthenticated")
SHUT_OUT: Final = (4403, "not_found")
TAKEN: Final = (4409, "conflict")
_FLOOD: Final = 25 * MESSAGES_A_SECOND
_COLOURS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#e69f00",
    "#7b4fa3",
    "#1b7f79",
    "#b5341c",
    "#5b6ee1",
    "#8a6d00",
    "#c2185b",
)
"""The first six after Okabe and Ito (2008), which people who see few colours tell apart."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is there, as everybody else sees them."""

    person_id: str
    name: str
    guest: bool
    colour: str

    def shown(self) -> dict[str, Any]:
        """Return what goes over the wire."""
        return {"id": self.person_id, "name": self.name, "guest": self.guest, "colour": self.colour}


def person_of(sight: Sight, name: str | None) -> Person:
    """Return who somebody is for the others; a guest is whoever they say, and marked as a guest."""
    viewer = sight.viewer
    if not sight.guest:
        return Person(viewer.person_id, viewer.name, guest=False, colour=colour_of(viewer.person_id))
    person_id = viewer.share_id or viewer.person_id
    called = clean_name(name)
    return Person(person_id, f"{called} (guest)", guest=True, colour=colour_of(f"{person_id} {called}"))


def colour_of(text: str) -> str:
    """Return the colour of a person: the same at every visit and in every process."""
    return _COLOURS[int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % len(_COLOURS)]


@dataclass(slots=True, eq=False)
class Member:
    """Somebody in a room.

    Attributes
    ----------
    client_id : str
        Of the browser's tab.
    credential : Credential
    sight : Sight
    looked_s : float
        When the read of ``sight`` began, monotonic.
    seq : int
        Up to where the journal was sent.
    held : list or None
        What came of the journal while older entries are still being read for them; None afterwards.
    ending : tuple of int and str, or None
        Close code and reason, once it is to end.
    """

    client_id: str
    person: Person
    credential: Credential
    sight: Sight
    looked_s: float
    seq: int
    held: list[Any] | None = field(default_factory=list)
    following: str | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    ending: tuple[int, str] | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: deque[str] = field(default_factory=deque)
    _bytes: int = 0
    _going: int = 0
    _latest: dict[str, str] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _calm: asyncio.Event = field(default_factory=asyncio.Event)
    _second: float = 0.0
    _spoken: int = 0

    def post(self, text: str) -> None:
        """Send a message, after all that was posted before; who reads too slowly is sent away."""
        self._bytes += len(text)
        if self._bytes > MOST_WAITING_BYTES:
            self.end(TOO_SLOW)
            return
        self._waiting.append(text)
        self._wake.set()

    def say(self, kind: str, **fields: Any) -> None:
        """Send a message that is for this person alone."""
        self.post(written({"type": kind, **fields}))

    def refuse(self, of: str, error: CoverslipError) -> None:
        """Say that a message was not taken, and why."""
        self.say("refused", code=error.code, detail=error.message, of=of)

    def show(self, client_id: str, text: str) -> None:
        """Send where somebody is, unless something newer overtakes it."""
        self._latest[client_id] = text
        self._wake.set()

    def forget(self, client_id: str) -> None:
        """Do not show any more where somebody was who has left."""
        self._latest.pop(client_id, None)

    def end(self, ending: tuple[int, str]) -> None:
        """Close the socket."""
        self.ending = self.ending or ending
        for event in (self.ended, self._wake, self._calm):
            event.set()

    async def drained(self) -> None:
        """Wait until little waits, so that a long history does not count as being slow."""
        while self._bytes > MOST_WAITING_BYTES // 4 and self.ending is None:
            self._calm.clear()
            await self._calm.wait()

    async def next(self) -> list[str]:
        """Return what is to be sent now, at least one message; nothing once it is to end.

        What it returned before counts as gone.
        """
        self._bytes -= self._going
        self._going = 0
        self._calm.set()
        while self.ending is None:
            if self._waiting or self._latest:
                found = list(self._waiting)
                self._going = sum(map(len, found))
                found += self._latest.values()
                self._waiting.clear()
                self._latest.clear()
                return found
            self._wake.clear()
            await self._wake.wait()
        return []

    def may_speak(self) -> bool | None:
        """Count a message: whether it is one too many; None the first time in a second that it is.

        Who goes on for long at many times that rate is no browser of ours and is sent away.
        """
        now_s = monotonic_s()
        if now_s - self._second >= 1.0:
            self._second, self._spoken = now_s, 0
        self._spoken += 1
        if self._spoken > _FLOOD:
            self.end((1008, "too_many_messages"))
        if self._spoken <= MESSAGES_A_SECOND:
            return True
        return None if self._spoken == MESSAGES_A_SECOND + 1 else False
