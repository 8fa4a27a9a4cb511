"""What a room tells the rooms of the same slide in other processes."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from coverslip.core.time import monotonic_s
from coverslip.features.access import Action
from coverslip.features.identity import ANONYMOUS
from coverslip.features.live.member import Member, person_of
from coverslip.features.live.rights import Credential, Sight
from coverslip.features.live.rooms import Room

SHOWN = {"cursor": [1, 2], "viewport": None, "drawing": None, "tool": None}


@dataclass
class Process:
    """A room and what it told, in order."""

    name: str
    told: deque[tuple[str, dict[str, Any]]] = field(default_factory=deque)
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        self.room = Room("slide", 0, tell=lambda what, **more: self.told.append((what, more)), move=self.move)

    def move(self, member: Member) -> None:
        if self.room.elsewhere:
            self.room.moved_for_others.add(member.client_id)

    def enter(self, client_id: str) -> Member:
        sight = Sight(ANONYMOUS, frozenset({Action.VIEW}), annotations=True)
        member = Member(client_id, person_of(sight, client_id), Credential(), sight, monotonic_s(), 0)
        self.room.enter(member)
        return member

    def tell(self, other: "Process", count: int | None = None) -> None:
        """Let the other hear what was told, the first ``count`` only where given."""
        for _ in range(len(self.told) if count is None else count):
            what, more = self.told.popleft()
            other.room.heard(self.name, what, more)


def _shown_to(member: Member) -> Iterator[str]:
    yield from member._latest.values()


@pytest.mark.parametrize("heard_first", [0, 1, 2], ids=["neither", "the question", "the question and who came"])
def test_who_comes_in_another_process_sees_a_hand_that_moved_before_they_were_heard_of(heard_first: int) -> None:
    here, there = Process("here"), Process("there")
    ada = here.enter("ada")
    here.told.clear()  # nobody else was there
    there.room.tell("ask")
    bob = there.enter("bob")
    there.tell(here, heard_first)
    ada.shown = SHOWN
    here.room.move(ada)
    here.room.relay_presence()
    there.tell(here)
    here.tell(there)
    assert ['"cursor":[1,2]' in text for text in _shown_to(bob)] == [True]


def test_who_comes_later_to_a_room_that_is_known_sees_everybodys_hand() -> None:
    here, there = Process("here"), Process("there")
    ada, _ = here.enter("ada"), there.enter("bob")
    there.tell(here)
    here.tell(there)
    ada.shown = SHOWN
    carl = there.enter("carl")
    there.tell(here)
    here.tell(there)
    assert ['"cursor":[1,2]' in text for text in _shown_to(carl)] == [True]
