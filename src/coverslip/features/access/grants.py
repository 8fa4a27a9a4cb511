"""Grants in memory: the permission check of a tile costs a dictionary look-up.

The promise: never stale beyond five seconds, never open. A grant's age counts on the monotonic
clock from the moment its read *began*. From three seconds it is renewed in the background; at five
it is no longer used, and requests wait for the read, then get 503. A drop by the hub takes effect
at once and discards every read that was under way, because that read may have seen the old state.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from coverslip.core.errors import CoverslipError, DatabaseUnavailable, GrantsUnavailable
from coverslip.core.time import monotonic_s

T = TypeVar("T")

Key = tuple[str, str]

RENEW_S: Final = 3.0
LIMIT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Granted(Generic[T]):
    """What a read of the database allowed.

    Attributes
    ----------
    value : T
        What the route needs, for a tile where the slide lies.
    viewer_id : str
        By which the hub may drop it.
    expires_at : datetime or None
        End of the session, token or share; checked on each use.
    """

    value: T
    viewer_id: str
    expires_at: datetime | None


@dataclass(slots=True)
class _Entry(Generic[T]):
    granted: Granted[T]
    began_s: float
    expires_s: float  # wall clock, seconds since 1970


@dataclass(slots=True, eq=False)
class _Read(Generic[T]):
    began_s: float
    task: "asyncio.Task[Granted[T]] | None" = None
    discarded: bool = False


class Grants(Generic[T]):
    """Grants by (credential hash, slide id). Lives on one event loop; only that loop calls it.

    Parameters
    ----------
    load : callable
        Reads the truth: ``await load(credential, slide_id)``. Raises what the request should get
        (``Unauthenticated``, ``NotFound``); ``DatabaseUnavailable`` counts as no answer.
    clock : callable
        Monotonic seconds.
    wall : callable
        Seconds since 1970.
    wait_s : float
        How long a request waits for a read when it holds nothing usable.
    size : int
        Grants kept; the least recently used go first.
    """

    def __init__(
        self,
        load: Callable[[str, str], Awaitable[Granted[T]]],
        *,
        clock: Callable[[], float] = monotonic_s,
        wall: Callable[[], float] = time.time,
        wait_s: float = LIMIT_S,
        size: int = 20_000,
    ) -> None:
        self._load = load
        self._clock = clock
        self._wall = wall
        self._wait_s = wait_s
        self._size = size
        self._entries: OrderedDict[Key, _Entry[T]] = OrderedDict()
        self._reads: dict[Key, _Read[T]] = {}

    def peek(self, credential: str, slide_id: str) -> T | None:
        """Return a usable grant without waiting, None when :meth:`get` must be awaited.

        Starts the background renewal of a grant older than three seconds.
        """
        key = (credential, slide_id)
        entry = self._entries.get(key)
        if entry is None:
            return None
        age_s = self._clock() - entry.began_s
        if age_s >= LIMIT_S or self._wall() >= entry.expires_s:
            return None
        if age_s >= RENEW_S:
            self._renew(key)
        self._entries.move_to_end(key)
        return entry.granted.value

    async def get(self, credential: str, slide_id: str) -> T:
        """Return the grant, reading it when nothing usable is held.

        Raises
        ------
        GrantsUnavailable
            The database did not answer in time.
        CoverslipError
            Whatever the read said: ``Unauthenticated``, ``NotFound`` ...
        """
        key = (credential, slide_id)
        deadline_s = time.monotonic() + self._wait_s
        while True:
            value = self.peek(credential, slide_id)
            if value is not None:
                return value
            read = self._begin(key)
            await self._wait(read, deadline_s)
            if read.discarded:
                continue  # dropped while it was read: ask again, within the same deadline
            granted = self._outcome(read)
            if self._clock() - read.began_s >= LIMIT_S:
                raise GrantsUnavailable
            if granted.expires_at is not None and self._wall() >= granted.expires_at.timestamp():
                raise GrantsUnavailable
            return granted.value

    def drop(self, *, viewer: str | None = None, slide_id: str | None = None) -> None:
        """Forget the grants of a viewer, of a slide, or all; reads under way are discarded.

        A read does not yet know its viewer, so a drop by viewer discards every read.
        """
        for key in [key for key, entry in self._entries.items() if _matches(key, entry, viewer, slide_id)]:
            del self._entries[key]
        for key in [key for key in self._reads if slide_id is None or key[1] == slide_id]:
            self._reads.pop(key).discarded = True

    def _renew(self, key: Key) -> None:
        self._begin(key)

    def _begin(self, key: Key) -> _Read[T]:
        """Return the read under way for a key, or start one; a read that hangs is given up at five seconds."""
        read = self._reads.get(key)
        now_s = self._clock()
        if read is not None and now_s - read.began_s < LIMIT_S:
            return read
        fresh: _Read[T] = _Read(now_s)
        self._reads[key] = fresh
        fresh.task = asyncio.ensure_future(self._read(key, fresh))
        fresh.task.add_done_callback(_look_at)
        return fresh

    async def _read(self, key: Key, read: _Read[T]) -> Granted[T]:
        try:
            granted = await self._load(*key)
        except DatabaseUnavailable:
            raise  # no answer: what is held stays usable until it is five seconds old
        except CoverslipError:
            if not read.discarded:
                self._entries.pop(key, None)  # a clear no
            raise
        finally:
            if self._reads.get(key) is read:
                del self._reads[key]
        if not read.discarded:
            self._keep(key, granted, read.began_s)
        return granted

    def _keep(self, key: Key, granted: Granted[T], began_s: float) -> None:
        held = self._entries.get(key)
        if held is not None and held.began_s > began_s:
            return
        expires_s = float("inf") if granted.expires_at is None else granted.expires_at.timestamp()
        self._entries[key] = _Entry(granted, began_s, expires_s)
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    async def _wait(self, read: _Read[T], deadline_s: float) -> None:
        left_s = deadline_s - time.monotonic()
        if read.task is None or left_s <= 0:
            raise GrantsUnavailable
        with suppress(CoverslipError, Exception):
            await asyncio.wait_for(asyncio.shield(read.task), left_s)
        if not read.task.done():
            raise GrantsUnavailable

    def _outcome(self, read: _Read[T]) -> Granted[T]:
        if read.task is None:
            raise GrantsUnavailable
        try:
            return read.task.result()
        except DatabaseUnavailable as error:
            raise GrantsUnavailable from error


def _matches(key: Key, entry: _Entry[T], viewer: str | None, slide_id: str | None) -> bool:
    if viewer is None and slide_id is None:
        return True
    return key[1] == slide_id or entry.granted.viewer_id == viewer


def _look_at(task: "asyncio.Task[Granted[T]]") -> None:
    """Fetch the exception of a background read, which nobody may be waiting for."""
    if not task.cancelled():
        task.exception()
