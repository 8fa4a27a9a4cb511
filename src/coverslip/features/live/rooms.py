"""A room: everybody who looks at one slide, in this process and as far as it knows in the others.

It lives on the event loop and never waits for anything. What the other processes must know it tells
by ``tell``; what they tell comes in by :meth:`Room.heard`.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from coverslip.core.time import monotonic_s
from coverslip.features.live.feed import Line, audience_of, message_for
from coverslip.features.live.member import TAKEN, Member
from coverslip.features.live.words import written

MOST_PEOPLE: Final = 200
GONE_AFTER_S: Final = 15.0


Tell = Callable[..., None]
People = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Elsewhere:
    """The people of one other process, by their tabs."""

    people: People
    seen_s: float


@dataclass(slots=True)
class Presenting:
    """Who presents, since when by the wall clock, and what they showed last."""

    client_id: str | None = None
    at: float = 0.0
    view: str | None = None


@dataclass(eq=False)
class Room:
    """Everybody on one slide.

    Attributes
    ----------
    slide_id : str
    seq : int
        Up to where this process read the slide's journal.
    tell : callable
        ``tell(what, **fields)`` tells the rooms of this slide in other processes.
    move : callable
        ``move(member)`` sees to it that the others learn where somebody is.
    """

    slide_id: str
    seq: int
    tell: Tell
    move: Callable[[Member], None]
    members: dict[str, Member] = field(default_factory=dict)
    elsewhere: dict[str, Elsewhere] = field(default_factory=dict)
    presenting: Presenting = field(default_factory=Presenting)
    behind: bool = False
    moved: set[str] = field(default_factory=set)
    moved_for_others: set[str] = field(default_factory=set)

    # --- who is here ------------------------------------------------------------------------------

    def count(self) -> int:
        """Return how many people are here, in all processes."""
        return len(self.members) + sum(len(one.people) for one in self.elsewhere.values())

    def everybody(self) -> list[dict[str, Any]]:
        """Return the list of people, in all processes."""
        found = {one.client_id: one.person.shown() for one in self.members.values()}
        for other in self.elsewhere.values():
            found.update({client_id: person for client_id, person in other.people.items() if client_id not in found})
        return [{"client_id": client_id, "person": person} for client_id, person in found.items()]

    def has(self, client_id: str) -> bool:
        """Whether a tab is here, in any process."""
        return client_id in self.members or any(client_id in other.people for other in self.elsewhere.values())

    def person(self, client_id: str) -> dict[str, Any] | None:
        """Return who is here under the id of a tab, in any process."""
        member = self.members.get(client_id)
        if member is not None:
            return member.person.shown()
        return next((other.people[client_id] for other in self.elsewhere.values() if client_id in other.people), None)

    def enter(self, member: Member) -> None:
        """Let somebody in: they learn who is here, the others that they have come."""
        people = self.everybody()
        self.members[member.client_id] = member
        person = member.person.shown()
        member.say(
            "welcome",
            client_id=member.client_id,
            person=person,
            seq=member.seq,
            people=people,
            presenter=self.presenting.client_id,
        )
        member.say("rights", actions=member.sight.named())
        if self.presenting.view is not None:
            member.post(self.presenting.view)
        for other in self.members.values():
            if other is not member and other.shown:
                member.show(other.client_id, _presence(other, drawings=member.sight.annotations))
        self.spread({"type": "joined", "client_id": member.client_id, "person": person}, but=member)
        self.tell("joined", client_id=member.client_id, person=person)

    def leave(self, member: Member) -> None:
        """See somebody off; nothing happens when another socket of the same tab has taken their place."""
        if self.members.get(member.client_id) is not member:
            return
        del self.members[member.client_id]
        self._gone(member.client_id, member.person.shown())
        self.tell("left", client_id=member.client_id)
        if self.presenting.client_id == member.client_id:
            self.present(None)

    def _gone(self, client_id: str, person: Mapping[str, Any]) -> None:
        self.moved.discard(client_id)
        self.moved_for_others.discard(client_id)
        for other in self.members.values():
            other.forget(client_id)
        self.spread({"type": "left", "client_id": client_id, "person": person})

    # --- what is said -----------------------------------------------------------------------------

    def spread(self, message: dict[str, Any], but: Member | None = None) -> None:
        """Send a message to everybody in this process."""
        text = written(message)
        for member in self.members.values():
            if member is not but:
                member.post(text)

    def present(self, client_id: str | None) -> None:
        """Make somebody the presenter, or nobody."""
        at = max(time.time(), self.presenting.at + 1e-3)
        self._presents(client_id, at)
        self.tell("presenter", client_id=client_id, at=at)

    def _presents(self, client_id: str | None, at: float) -> None:
        self.presenting = Presenting(client_id, at)
        self.spread({"type": "presenter", "client_id": client_id})

    def show_view(self, view: dict[str, Any], of: Member | None) -> None:
        """Send what the presenter shows, and keep it for whoever comes later."""
        self.presenting.view = written(view)
        for member in self.members.values():
            if member is not of:
                member.show("view", self.presenting.view)

    def point(self, pointer: dict[str, Any], of: Member | None) -> None:
        """Send where somebody points."""
        text = written(pointer)
        for member in self.members.values():
            if member is not of:
                member.show(f"pointer {pointer['client_id']}", text)

    def flush_presence(self) -> None:
        """Send where those are who moved since the last time; to each person only the newest."""
        moved, self.moved = self.moved, set()
        for client_id in moved:
            mover = self.members.get(client_id)
            if mover is not None:
                self._show(client_id, _presence(mover, drawings=True), _presence(mover, drawings=False))

    def relay_presence(self) -> None:
        """Tell the other processes where those are who moved here."""
        moved, self.moved_for_others = self.moved_for_others, set()
        for client_id in moved:
            mover = self.members.get(client_id)
            if mover is not None:
                self.tell("presence", client_id=client_id, shown={**mover.shown, "following": mover.following})

    def _repeat_presence(self) -> None:
        self.moved_for_others.update(one.client_id for one in self.members.values() if one.shown)
        self.relay_presence()

    def _show(self, client_id: str, whole: str, plain: str) -> None:
        for member in self.members.values():
            if member.client_id != client_id:
                member.show(client_id, whole if member.sight.annotations else plain)

    # --- the journal --------------------------------------------------------------------------------

    def deliver(self, lines: list[Line]) -> None:
        """Send entries of the journal to everybody who may see them, their author included."""
        self.seq = max(self.seq, lines[-1].seq)
        made: dict[str, str | None] = {}
        for member in self.members.values():
            if member.held is not None:
                member.held.extend(lines)
            else:
                send_lines(member, lines, made)

    def say_classes(self) -> None:
        """Tell everybody who sees what is drawn that its classes are others now."""
        text = written({"type": "classes"})
        for member in self.members.values():
            if member.sight.annotations:
                member.post(text)

    # --- the other processes ------------------------------------------------------------------------

    def heard(self, process: str, what: str, fields: Mapping[str, Any]) -> None:
        """Take what the room of this slide in another process tells."""
        client_id = fields.get("client_id")
        if what == "here":
            self._here(process, dict(fields["people"]), fields["presenter"], float(fields["at"]))
        elif what == "ask":
            self.say_here()
            if self.presenting.view is not None and self.presenting.client_id in self.members:
                # Whoever followed to this slide by another process would wait until the presenter moves again.
                self.tell("view", message=json.loads(self.presenting.view))
            self._repeat_presence()
        elif what == "joined":
            self._joined(process, str(client_id), fields["person"])
            self._repeat_presence()  # what was told before this process knew of theirs, they have not heard
        elif what == "left":
            self._left(process, [str(client_id)])
        elif what == "presence":
            message = {"type": "presence", "client_id": client_id, **_plain(fields["shown"])}
            self._show(str(client_id), written(message), written({**message, "drawing": None}))
        elif what == "presenter":
            if float(fields["at"]) > self.presenting.at:
                self._presents(client_id, float(fields["at"]))
        elif what == "view":
            self.show_view(fields["message"], None)
        elif what == "pointer":
            self.point(fields["message"], None)
        elif what == "empty":
            other_people = self.elsewhere.get(process)
            self._left(process, list(other_people.people) if other_people else [])

    def say_here(self) -> None:
        """Tell the others who is here; again every few seconds, for whoever does not is gone."""
        people = {one.client_id: one.person.shown() for one in self.members.values()}
        self.tell("here", people=people, presenter=self.presenting.client_id, at=self.presenting.at)

    def expire(self) -> None:
        """Forget the people of processes that say nothing any more."""
        now_s = monotonic_s()
        for process, other in list(self.elsewhere.items()):
            if now_s - other.seen_s > GONE_AFTER_S:
                self._left(process, list(other.people))
                self.elsewhere.pop(process, None)
        presenter = self.presenting.client_id
        # A process may tell who presents before it tells that they are there; it repeats both within seconds.
        if presenter is not None and not self.has(presenter) and time.time() - self.presenting.at > GONE_AFTER_S:
            self._presents(None, self.presenting.at + 1e-3)

    def _here(self, process: str, people: People, presenter: str | None, at: float) -> None:
        known = self.elsewhere.setdefault(process, Elsewhere({}, 0.0))
        known.seen_s = monotonic_s()
        self._left(process, [one for one in known.people if one not in people])
        for client_id, person in people.items():
            if client_id not in known.people and client_id not in self.members:
                self.spread({"type": "joined", "client_id": client_id, "person": person})
        known.people = people
        if at > self.presenting.at:
            self._presents(presenter, at)

    def _joined(self, process: str, client_id: str, person: dict[str, Any]) -> None:
        """Take note of somebody in another process; a tab that came back there has left its socket here."""
        other = self.elsewhere.setdefault(process, Elsewhere({}, monotonic_s()))
        known = self.person(client_id) == person
        other.people[client_id] = person
        before = self.members.pop(client_id, None)
        if before is not None:
            before.end(TAKEN)
        if not known:
            self.spread({"type": "joined", "client_id": client_id, "person": person})

    def _left(self, process: str, client_ids: Iterable[str]) -> None:
        known = self.elsewhere.get(process)
        for client_id in client_ids:
            person = None if known is None else known.people.pop(client_id, None)
            if person is not None and not self.has(client_id):
                self._gone(client_id, person)


def send_lines(member: Member, lines: list[Line], made: dict[str, str | None] | None = None) -> None:
    """Send somebody the entries that they have not got and may see.

    Parameters
    ----------
    made : dict or None
        Messages of all the lines that others got, by audience: made once for all who read the same.
    """
    before, member.seq = member.seq, max(member.seq, lines[-1].seq)
    if not member.sight.annotations or lines[-1].seq <= before:
        return
    viewer = member.sight.viewer
    if before >= lines[0].seq:
        text = message_for(viewer, [line for line in lines if line.seq > before])
    else:
        made = {} if made is None else made
        audience = audience_of(viewer, lines)
        if audience not in made:
            made[audience] = message_for(viewer, lines)
        text = made[audience]
    if text is not None:
        member.post(text)


def _presence(member: Member, *, drawings: bool) -> str:
    message = {"type": "presence", "client_id": member.client_id, **member.shown, "following": member.following}
    if not drawings:
        message["drawing"] = None
    return written(message)


def _plain(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in ("type", "client_id")}
