"""Grants in memory: never stale beyond five seconds, never open. Clocks are injected; only waiting is real."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from coverslip.core.errors import DatabaseUnavailable, GrantsUnavailable, NotFound, Unauthenticated
from coverslip.features.access import Granted, Grants
from coverslip.features.access import grants as grants_module


class Truth:
    """Stands where the database stands: what it says, how often it was asked, whether it answers."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.wall_s = 1_700_000_000.0
        self.value = "v1"
        self.error: Exception | None = None
        self.expires_at: datetime | None = None
        self.viewer = "viewer-1"
        self.asked = 0
        self.gate: asyncio.Event | None = None
        self.after_gate: Callable[[], None] | None = None

    async def load(self, _credential: str, _slide_id: str) -> Granted[str]:
        self.asked += 1
        value, error = self.value, self.error
        if self.gate is not None:
            await self.gate.wait()
        if error is not None:
            raise error
        return Granted(value, self.viewer, self.expires_at)

    def grants(self, wait_s: float = 0.2) -> Grants[str]:
        return Grants(self.load, clock=lambda: self.now_s, wall=lambda: self.wall_s, wait_s=wait_s)


def run(test: Callable[[Truth], Awaitable[None]]) -> None:
    async def body() -> None:
        await test(Truth())

    asyncio.run(body())


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_fresh_grant_asks_nobody() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants()
        assert await grants.get("c", "s") == "v1"
        truth.now_s += 2.99
        for _ in range(100):
            assert grants.peek("c", "s") == "v1"
        await settle()
        assert truth.asked == 1

    run(body)


def test_from_three_seconds_it_is_renewed_behind_the_request() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants()
        await grants.get("c", "s")
        truth.value = "v2"
        truth.now_s += 3.0
        assert grants.peek("c", "s") == "v1"
        await settle()
        assert truth.asked == 2
        assert grants.peek("c", "s") == "v2"

    run(body)


def test_many_requests_share_one_renewal() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants()
        await grants.get("c", "s")
        truth.gate = asyncio.Event()
        truth.now_s += 3.5
        assert [grants.peek("c", "s") for _ in range(50)] == ["v1"] * 50
        await settle()
        assert truth.asked == 2
        truth.gate.set()

    run(body)


async def five_seconds_without_an_answer(truth: Truth) -> None:
    grants = truth.grants()
    await grants.get("c", "s")
    truth.gate = asyncio.Event()
    truth.now_s += 4.99
    assert grants.peek("c", "s") == "v1"
    truth.now_s += 0.01
    assert grants.peek("c", "s") is None
    with pytest.raises(GrantsUnavailable):
        await grants.get("c", "s")


def test_at_five_seconds_without_an_answer_requests_wait_and_then_get_nothing() -> None:
    run(five_seconds_without_an_answer)


def test_without_the_five_second_guard_that_test_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants_module, "LIMIT_S", 1e9)
    with pytest.raises(AssertionError):
        run(five_seconds_without_an_answer)


def test_a_waiting_request_gets_the_answer_that_comes_in_time() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants(wait_s=5)
        truth.gate = asyncio.Event()
        waiting = asyncio.ensure_future(grants.get("c", "s"))
        await settle()
        truth.gate.set()
        assert await waiting == "v1"

    run(body)


def test_age_counts_from_when_the_read_began() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants(wait_s=5)
        truth.gate = asyncio.Event()
        waiting = asyncio.ensure_future(grants.get("c", "s"))
        await settle()
        truth.now_s += 4.5
        truth.gate.set()
        assert await waiting == "v1"
        truth.now_s += 0.5
        assert grants.peek("c", "s") is None

    run(body)


def test_an_answer_that_took_five_seconds_is_not_used() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants(wait_s=5)
        truth.gate = asyncio.Event()
        waiting = asyncio.ensure_future(grants.get("c", "s"))
        await settle()
        truth.now_s += 5.0
        truth.gate.set()
        with pytest.raises(GrantsUnavailable):
            await waiting

    run(body)


def test_a_database_that_is_away_costs_nothing_until_five_seconds() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants()
        await grants.get("c", "s")
        truth.error = DatabaseUnavailable()
        truth.now_s += 4.0
        assert grants.peek("c", "s") == "v1"
        await settle()
        assert grants.peek("c", "s") == "v1"
        truth.now_s += 1.0
        with pytest.raises(GrantsUnavailable):
            await grants.get("c", "s")
        truth.error = None
        assert await grants.get("c", "s") == "v1"

    run(body)


@pytest.mark.parametrize("error", [NotFound(), Unauthenticated()])
def test_a_clear_no_ends_the_grant_at_once(error: Exception) -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants()
        await grants.get("c", "s")
        truth.error = error
        truth.now_s += 3.0
        grants.peek("c", "s")
        await settle()
        assert grants.peek("c", "s") is None
        with pytest.raises(type(error)):
            await grants.get("c", "s")

    run(body)


DROPS: list[dict[str, Any]] = [{}, {"viewer": "viewer-1"}, {"slide_id": "s"}]


@pytest.mark.parametrize("what", DROPS)
def test_a_drop_takes_effect_at_once(what: dict[str, Any]) -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants()
        await grants.get("c", "s")
        truth.error = NotFound()
        grants.drop(**what)
        assert grants.peek("c", "s") is None
        with pytest.raises(NotFound):
            await grants.get("c", "s")

    run(body)


def test_a_drop_leaves_others_alone() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants()
        await grants.get("c", "s")
        grants.drop(slide_id="other")
        grants.drop(viewer="viewer-2")
        assert grants.peek("c", "s") == "v1"

    run(body)


@pytest.mark.parametrize("what", DROPS)
def test_a_read_under_way_is_discarded_by_a_drop(what: dict[str, Any]) -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants(wait_s=5)
        truth.gate = asyncio.Event()
        waiting = asyncio.ensure_future(grants.get("c", "s"))
        await settle()
        truth.error = NotFound()  # the grant ends after the read saw it, and before it answered
        grants.drop(**what)
        truth.gate.set()
        with pytest.raises(NotFound):
            await waiting
        assert grants.peek("c", "s") is None

    run(body)


def test_the_end_of_the_session_is_checked_on_each_use() -> None:
    async def body(truth: Truth) -> None:
        truth.expires_at = datetime.fromtimestamp(truth.wall_s + 1, UTC)
        grants = truth.grants()
        await grants.get("c", "s")
        assert grants.peek("c", "s") == "v1"
        truth.wall_s += 1
        assert grants.peek("c", "s") is None
        truth.error = Unauthenticated()
        with pytest.raises(Unauthenticated):
            await grants.get("c", "s")

    run(body)


def test_the_least_recently_used_grants_go_first() -> None:
    async def body(truth: Truth) -> None:
        grants = Grants(truth.load, clock=lambda: truth.now_s, wall=lambda: truth.wall_s, size=3)
        for slide in "abc":
            await grants.get("c", slide)
        grants.peek("c", "a")
        await grants.get("c", "d")
        assert [grants.peek("c", slide) is not None for slide in "abcd"] == [True, False, True, True]

    run(body)


def test_a_hanging_read_is_given_up_and_asked_anew() -> None:
    async def body(truth: Truth) -> None:
        grants = truth.grants(wait_s=0.05)
        truth.gate = hanging = asyncio.Event()
        with pytest.raises(GrantsUnavailable):
            await grants.get("c", "s")
        truth.gate, truth.now_s = None, truth.now_s + 5.0
        assert await grants.get("c", "s") == "v1"
        hanging.set()
        await settle()

    run(body)
