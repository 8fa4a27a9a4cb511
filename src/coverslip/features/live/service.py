"""The rooms of one web process: who comes in, what reaches them, and who may stay.

Everything here lives on the event loop. The database is asked in threads only; the bus is written by
a thread of its own, because a hub that is busy must not hold up anybody's hand.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from coverslip.core.errors import Conflict, CoverslipError, DatabaseUnavailable, NotFound
from coverslip.core.live_errors import RoomFull
from coverslip.core.time import monotonic_s
from coverslip.features import notices, slides
from coverslip.features.live import feed, rights
from coverslip.features.live.member import SHUT_OUT, SIGNED_OUT, TAKEN, Member, person_of
from coverslip.features.live.messages import Hello
from coverslip.features.live.rights import Credential, Sight
from coverslip.features.live.rooms import MOST_PEOPLE, Room, send_lines
from coverslip.features.live.words import written
from coverslip.infra import journal
from coverslip.infra.runtime import Runtime

logger = logging.getLogger(__name__)

KIND: Final = "live"
CLASSES: Final = "classes.changed"
"""The hint of another room: a project's list of classes is another now."""
LOOK_EVERY_S: Final = 2.5
LIMIT_S: Final = 5.0
SETTLE_S: Final = 0.2
"""Between two looks; an import drops grants by the dozen."""
HERE_EVERY_S: Final = 5.0
FLUSH_S: Final = 0.05
FLUSH_MANY_S: Final = 0.1
MANY: Final = 6
RELAY_S: Final = 0.1
NOT_SURE: Final = (1013, "grants_unavailable")

Outcome = Sight | CoverslipError
Asked = tuple[Credential, str]


class Live:
    """All rooms of this process.

    Parameters
    ----------
    runtime : Runtime
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.rooms: dict[str, Room] = {}
        self._process = secrets.token_hex(8)
        self._loop = asyncio.get_running_loop()
        self._bus = ThreadPoolExecutor(1, thread_name_prefix="live-bus")
        self._tasks: set[asyncio.Task[None]] = set()
        self._feeding: set[str] = set()
        self._look_now = asyncio.Event()

    def start(self) -> None:
        """Listen to the other processes and begin to look after the rooms."""
        bus = self.runtime.bus
        bus.subscribe(KIND, self._in_loop(self._heard))
        bus.subscribe(journal.HINT, self._in_loop(self._changed))
        bus.subscribe(notices.HINT, self._in_loop(self._noticed))
        bus.subscribe(CLASSES, self._in_loop(self._classes_changed))
        bus.subscribe("grants.drop", self._in_loop(lambda fields: self._look_now.set()))
        self._keep(self._look_after())
        self._keep(self._stay_known())

    def _in_loop(self, function: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], None]:
        """Return what the bus's thread may call: it passes on what others tell of somebody here."""

        def passed(fields: dict[str, Any]) -> None:
            slide_id = fields.get("slide_id")
            if not self.rooms or (slide_id is not None and slide_id not in self.rooms):
                return
            if fields.get("process") == self._process:
                return
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(function, fields)

        return passed

    def _keep(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- coming and going -------------------------------------------------------------------------

    def check_room(self, slide_id: str) -> None:
        """Refuse one more than a slide takes.

        Raises
        ------
        RoomFull
        """
        room = self.rooms.get(slide_id)
        if room is not None and room.count() >= MOST_PEOPLE:
            raise RoomFull

    async def enter(self, slide_id: str, credential: Credential, hello: Hello, after: int | None) -> Member:
        """Let somebody in.

        Parameters
        ----------
        after : int or None
            Up to where they know the journal; None for its present end.

        Raises
        ------
        Unauthenticated, NotFound, RoomFull, Conflict, AuditUnavailable, DatabaseUnavailable
        """
        began_s = monotonic_s()
        sight, head = await asyncio.to_thread(self._begin, credential, slide_id)
        self.check_room(slide_id)
        room = self.rooms.get(slide_id)
        if room is None:
            room = self._open(slide_id, head)
        seq = max(head, room.seq) if after is None else min(after, max(head, room.seq))
        member = Member(hello.client_id, person_of(sight, hello.name), credential, sight, began_s, seq)
        there = room.person(member.client_id)
        if there is not None and (there["id"], there["guest"]) != (member.person.person_id, member.person.guest):
            raise Conflict("Somebody else is here under this id; choose another.")
        before = room.members.get(member.client_id)
        if before is not None:
            room.leave(before)
            before.end(TAKEN)
        room.enter(member)
        self._keep(self._catch_up(room, member))
        return member

    def _open(self, slide_id: str, seq: int) -> Room:
        room = Room(
            slide_id,
            seq,
            tell=lambda what, **fields: self._tell(slide_id, what, fields),
            move=lambda member: self._moved(room, member),
        )
        self.rooms[slide_id] = room
        room.tell("ask")
        return room

    def leave(self, slide_id: str, member: Member) -> None:
        """See somebody off; an empty room is given up."""
        room = self.rooms.get(slide_id)
        if room is None:
            return
        room.leave(member)
        if not room.members:
            del self.rooms[slide_id]
            room.tell("empty")

    def _begin(self, credential: Credential, slide_id: str) -> tuple[Sight, int]:
        with self.runtime.db.read() as session:
            sight = rights.look(session, self.runtime, credential, slide_id)
            head = journal.head(session, slide_id)
        rights.on_record(self.runtime, sight, slide_id)
        return sight, head

    # --- the journal ------------------------------------------------------------------------------

    def _changed(self, fields: dict[str, Any]) -> None:
        for room in [self.rooms.get(fields["slide_id"])] if "slide_id" in fields else list(self.rooms.values()):
            if room is not None:
                self._feed_soon(room)

    def _feed_soon(self, room: Room) -> None:
        room.behind = True
        if room.slide_id not in self._feeding:
            self._feeding.add(room.slide_id)
            self._keep(self._feed(room))

    async def _feed(self, room: Room) -> None:
        """Read what is new once for the whole room, until there is nothing new."""
        try:
            while room.behind and self.rooms.get(room.slide_id) is room:
                room.behind = False
                lines = await asyncio.to_thread(self._read, room.slide_id, room.seq)
                if lines:
                    room.deliver(lines)
                    room.behind = room.behind or len(lines) == feed.PAGE
        except Exception as error:  # noqa: BLE001 - it ends a task that nobody awaits: said in the log, and the next look reads again
            logger.warning("a journal could not be read: %s", type(error).__name__)
        finally:
            self._feeding.discard(room.slide_id)

    async def _catch_up(self, room: Room, member: Member) -> None:
        """Send somebody what was written before they came; what comes meanwhile waits its turn."""
        while member.ending is None:
            try:
                lines = await asyncio.to_thread(self._read, room.slide_id, member.seq)
            except Exception as error:  # noqa: BLE001 - without it they would wait for ever: closed, the browser comes again
                logger.warning("a journal could not be read: %s", type(error).__name__)
                member.end(NOT_SURE)
                return
            if lines:
                send_lines(member, lines)
                await member.drained()
            if len(lines) < feed.PAGE:
                break
        held, member.held = member.held, None
        if held:
            send_lines(member, held)

    def _read(self, slide_id: str, seq: int) -> list[feed.Line]:
        with self.runtime.db.read() as session:
            return feed.read(session, slide_id, seq)

    # --- notices ----------------------------------------------------------------------------------

    def _noticed(self, fields: dict[str, Any]) -> None:
        told: dict[str, str] = fields.get("told", {})
        concerned = [
            (member, told[member.sight.viewer.person_id])
            for room in self.rooms.values()
            for member in room.members.values()
            if not member.sight.guest and member.sight.viewer.person_id in told
        ]
        if concerned:
            self._keep(self._show_notices(concerned))

    async def _show_notices(self, concerned: list[tuple[Member, str]]) -> None:
        """Send people what they were told just now; each reads it with their own rights."""
        with suppress(CoverslipError):  # it waits in their list
            for member, texts in await asyncio.to_thread(self._read_notices, concerned):
                for text in texts:
                    member.post(text)

    def _read_notices(self, concerned: list[tuple[Member, str]]) -> list[tuple[Member, list[str]]]:
        folder, found = self.runtime.settings.index_folder, []
        with self.runtime.db.read() as session:
            for member, notice_id in concerned:
                shown = notices.for_page(session, member.sight.viewer, [notice_id], folder)
                found.append((member, [written({"type": "notice", **one.model_dump(mode="json")}) for one in shown]))
        return found

    # --- classes ----------------------------------------------------------------------------------

    def _classes_changed(self, fields: dict[str, Any]) -> None:
        self._keep(self._say_classes(fields.get("project_id")))

    async def _say_classes(self, project_id: str | None) -> None:
        """Tell everybody on slides of a project that its classes are others now; each reads them with their rights.

        Where hints were missed nobody knows which project it was: then all are told.
        """
        concerned = set(self.rooms)
        if project_id is not None:
            with suppress(CoverslipError):  # told once too often costs a request each, told too seldom a wrong colour
                concerned = await asyncio.to_thread(self._below, project_id, concerned)
        for slide_id in concerned:
            room = self.rooms.get(slide_id)
            if room is not None:
                room.say_classes()

    def _below(self, project_id: str, slide_ids: set[str]) -> set[str]:
        with self.runtime.db.read() as session:
            return slides.slides_below(session, project_id, slide_ids)

    # --- presence ---------------------------------------------------------------------------------

    def _moved(self, room: Room, member: Member) -> None:
        if not room.moved:
            wait_s = FLUSH_S if len(room.members) <= MANY else FLUSH_MANY_S
            self._loop.call_later(wait_s, room.flush_presence)
        room.moved.add(member.client_id)
        if room.elsewhere:
            if not room.moved_for_others:
                self._loop.call_later(RELAY_S, room.relay_presence)
            room.moved_for_others.add(member.client_id)

    def _tell(self, slide_id: str, what: str, fields: dict[str, Any]) -> None:
        with suppress(RuntimeError):  # the process ends
            self._bus.submit(
                self.runtime.bus.publish, KIND, process=self._process, slide_id=slide_id, what=what, **fields
            )

    def _heard(self, fields: dict[str, Any]) -> None:
        room = self.rooms.get(fields.get("slide_id", ""))
        if room is not None:
            with suppress(KeyError, TypeError, ValueError):  # another version of us speaks
                room.heard(fields["process"], fields["what"], fields)
        elif "slide_id" not in fields:
            for one in self.rooms.values():  # hints were missed
                one.say_here()
                one.tell("ask")

    async def _stay_known(self) -> None:
        while True:
            await asyncio.sleep(HERE_EVERY_S)
            for room in self.rooms.values():
                room.say_here()
                room.expire()

    # --- who may stay -----------------------------------------------------------------------------

    async def _look_after(self) -> None:
        """Look again at what everybody may do: at least every few seconds, at once when somebody's rights changed."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._look_now.wait()
            self._look_now.clear()
            began_s = monotonic_s()
            asked = {(one.credential, room.slide_id) for room in self.rooms.values() for one in room.members.values()}
            if not asked:
                continue
            try:
                async with asyncio.timeout(LIMIT_S - LOOK_EVERY_S):
                    found = await asyncio.to_thread(self._look, asked)
            except Exception as error:  # noqa: BLE001 - fail closed: whatever it was, rights that were not read let nobody stay
                logger.warning("rights at sockets could not be read: %s", type(error).__name__)
                found = {}
            self._judge(found, began_s)
            for room in self.rooms.values():
                self._feed_soon(room)  # a hint that was lost costs seconds, not an edit
            await asyncio.sleep(SETTLE_S)

    def _look(self, asked: set[Asked]) -> dict[Asked, Outcome]:
        found: dict[Asked, Outcome] = {}
        with self.runtime.db.read() as session:
            for credential, slide_id in asked:
                try:
                    found[credential, slide_id] = rights.look(session, self.runtime, credential, slide_id)
                except DatabaseUnavailable:
                    raise
                except CoverslipError as error:
                    found[credential, slide_id] = error
        for (_, slide_id), sight in found.items():
            if isinstance(sight, Sight):
                with suppress(CoverslipError):  # it is tried again within seconds
                    rights.on_record(self.runtime, sight, slide_id)
        return found

    def _judge(self, found: dict[Asked, Outcome], began_s: float) -> None:
        for room in self.rooms.values():
            for member in list(room.members.values()):
                outcome = found.get((member.credential, room.slide_id))
                if isinstance(outcome, Sight):
                    member.looked_s = max(member.looked_s, began_s)
                    before, member.sight = member.sight, outcome
                    if outcome.actions != before.actions:
                        member.say("rights", actions=outcome.named())
                elif outcome is not None:
                    member.end(SHUT_OUT if isinstance(outcome, NotFound) else SIGNED_OUT)
                elif monotonic_s() - member.looked_s >= LIMIT_S:
                    member.end(NOT_SURE)  # nobody can say whether they still may: never stale, never open
