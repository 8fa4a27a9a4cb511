"""Five people draw on one slide at once, over a network that loses, doubles and reorders: nothing gets lost.

The clients are those of ``clients``; the server is the real application. Counts: an ordinary run does
about 2,000 operations, the full one 50,000.
"""

import random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.features.annotations.clients import Client
from tests.features.annotations.conftest import Studio, make_slide
from tests.features.conftest import Browser, administrator, application
from tests.support.people import add_person, give, token_of

from coverslip.features import slides
from coverslip.features.access import Role
from coverslip.features.annotations.ops import apply_entry, empty_state, shown
from coverslip.infra.runtime import Runtime

CLIENTS = 5
_done = {"operations": 0, "variants": 0}


class Stage:
    """The application and five people, for one slide after the other."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.rooms = application(runtime)
        self.admin = administrator(self.rooms, runtime)
        with runtime.db.transaction() as session:
            self.project_id = slides.create_project(session, "Study")
            people = [add_person(session, f"Person {number}") for number in range(CLIENTS)]
            secrets = [token_of(session, one) for one in people]
        for number, person_id in enumerate(people):
            role = Role.EDITOR if number else Role.MANAGER
            give(runtime, person_id, role, "project", self.project_id)
        self.scripts = []
        for secret in secrets:
            script = Browser(self.rooms)
            script.headers["Authorization"] = f"Bearer {secret}"
            self.scripts.append(script)

    def studio(self) -> Studio:
        """Return a fresh slide with a layer."""
        found = Studio(
            self.runtime, self.rooms, self.admin, self.project_id, make_slide(self.runtime, self.project_id, "a")
        )
        found.layer_id = found.layer(self.admin)
        return found


@pytest.fixture
def stage(sqlite_runtime: Runtime) -> Stage:
    return Stage(sqlite_runtime)


class Together(RuleBasedStateMachine):
    """Everything that people and networks do, in any order."""

    stage: ClassVar[Stage]

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        self.studio = self.stage.studio()
        chance = random.Random(seed)
        self.clients = [
            Client(script, self.studio.slide_id, self.studio.layer_id, chance) for script in self.stage.scripts
        ]
        self.clients[0].draw()
        self.clients[0].send("arrives")

    @rule(who=st.integers(0, CLIENTS - 1), count=st.integers(3, 15))
    def work(self, who: int, count: int) -> None:
        self.clients[who].work(count)

    @rule(first=st.integers(0, CLIENTS - 1), second=st.integers(0, CLIENTS - 1))
    def reshape_the_same(self, first: int, second: int) -> None:
        one, two = self.clients[first], self.clients[second]
        both = sorted(shown(one.state)["annotations"].keys() & shown(two.state)["annotations"].keys())
        if both:
            for client in (one, two):
                client.do("change", both[0], {"geometry": client.shape()})

    @rule(who=st.integers(0, CLIENTS - 1))
    def remove(self, who: int) -> None:
        self.clients[who].remove()

    @rule(who=st.integers(0, CLIENTS - 1))
    def restore(self, who: int) -> None:
        self.clients[who].restore()

    @rule(who=st.integers(0, CLIENTS - 1), times=st.integers(1, 3))
    def undo(self, who: int, times: int) -> None:
        if self.clients[who].online:
            for _ in range(times):
                self.clients[who].undo()

    @rule(
        who=st.integers(0, CLIENTS - 1),
        fate=st.sampled_from(["arrives", "arrives", "arrives", "twice", "unanswered", "wanders"]),
        count=st.integers(0, 12),
    )
    def send(self, who: int, fate: str, count: int) -> None:
        self.clients[who].work(count)
        self.clients[who].send(fate)

    @rule(who=st.integers(0, CLIENTS - 1))
    def arrive(self, who: int) -> None:
        self.clients[who].arrive()

    @rule(who=st.integers(0, CLIENTS - 1), limit=st.sampled_from([1, 3, 1000]))
    def pull(self, who: int, limit: int) -> None:
        self.clients[who].pull(limit)

    @rule(who=st.integers(0, CLIENTS - 1))
    def part(self, who: int) -> None:
        self.clients[who].online = not self.clients[who].online

    @rule(who=st.integers(0, CLIENTS - 1))
    def reload(self, who: int) -> None:
        if self.clients[who].online:
            self.clients[who].reload()

    def teardown(self) -> None:
        if hasattr(self, "studio"):
            check_all(self.studio, self.clients)


def check_all(studio: Studio, clients: list[Client]) -> None:
    """Everybody comes back: all are equal, equal to a fresh state, and nothing acknowledged is missing."""
    for client in clients:
        client.work(20)
    for client in clients:
        client.settle()
        while client.wandering:
            client.arrive()
    for client in clients:
        client.settle()
    fresh = Client(studio.admin, studio.slide_id, studio.layer_id, random.Random(0))
    wanted = shown(fresh.state)
    for client in clients:
        assert shown(client.state) == wanted
    entries = _journal(studio)
    assert [one["seq"] for one in entries] == list(range(1, len(entries) + 1))
    replayed = empty_state()
    for entry in entries:
        apply_entry(replayed, entry)
    assert shown(replayed) == wanted
    middle = len(entries) // 2
    half = empty_state()
    for entry in entries[:middle]:
        apply_entry(half, entry)
    then = studio.get(studio.admin, f"annotations?at_seq={middle}")
    assert {one["annotation_id"]: one for one in then["annotations"]} == shown(half)["annotations"]
    for client in clients:
        _check_acknowledged(client, entries)


def _check_acknowledged(client: Client, entries: list[dict[str, Any]]) -> None:
    """Each acknowledged operation is in the journal once, with what it said; outlines that met are both there."""
    by_op: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        by_op.setdefault(entry["op_id"], []).append(entry)
    for op_id, result in client.acknowledged.items():
        op = client.sent[op_id]
        _done["operations"] += 1
        found = by_op.get(op_id, [])
        if result["outcome"] == "kept_as_variant":
            _done["variants"] += 1
            kept = [one for one in found if one["target"] == result["variant_id"]]
            assert [one["patch"]["geometry"] for one in kept] == [op["patch"]["geometry"]]
        if found:
            assert len({(one["target"], one["rev"]) for one in found}) == len(found)
            assert found[-1]["seq"] == result["seq"]
        for key, value in op["patch"].items() if op["kind"] == "create" else ():
            assert found[0]["patch"][key] == value


def _journal(studio: Studio) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    while True:
        page = studio.get(studio.admin, f"journal?after={len(entries)}&limit=1000")
        entries += page["entries"]
        if len(page["entries"]) < 1000:
            return entries


@pytest.mark.parametrize(
    ("examples", "steps", "least"),
    [
        pytest.param(20, 50, 1_500, marks=pytest.mark.timeout(300)),
        pytest.param(500, 100, 50_000, marks=[pytest.mark.full, pytest.mark.timeout(2400)]),
    ],
)
def test_five_people_and_a_bad_network(stage: Stage, examples: int, steps: int, least: int) -> None:
    Together.stage = stage
    _done.update(operations=0, variants=0)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Together,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=checks,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to make a failure small takes an hour here
        ),
    )
    assert _done["operations"] >= least
    assert _done["variants"] >= 5
