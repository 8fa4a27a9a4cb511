"""What another site can make a signed-in browser send changes nothing: each route, and what happens without the guard.

Forged and stolen secrets, guesses and clocks have their tests in ``features/identity``; what those are worth is
shown there in ``test_guards_removed.py``.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.authorisation.asking import send
from tests.authorisation.guards import refusals, without
from tests.authorisation.house import ORIGIN, House
from tests.authorisation.table import Row, rows
from tests.infra.test_origins import LOOK_ALIKES

from coverslip.features.identity import CSRF_HEADER
from coverslip.features.identity import guard as identity_guard
from coverslip.infra import origins

OPEN = {"public", "no door", "closed", "nothing there"}
"""Rules of routes that are for who is not signed in: no session stands behind them that could be misused."""


def changing() -> list[Row]:
    """Return a row of each route that changes something for who is signed in."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows():
        if row.changes and row.rule not in OPEN:
            found.setdefault((row.method, row.path), row)
    return list(found.values())


def forged(house: House, column: str = "A") -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what a browser sends that was led to us: the cookie, and no token or one that is not its session's."""
    own = house.headers[column]
    others = house.headers["m"][CSRF_HEADER]
    for name, token in (("none", None), ("empty", ""), ("another session's", others), ("cut", own[CSRF_HEADER][:-1])):
        yield name, {"Cookie": own["Cookie"], **({} if token is None else {CSRF_HEADER: token})}


def statuses(house: House, row: Row, headers: dict[str, Any]) -> tuple[int, str]:
    """Send a row's request as the administrator, but with these headers; return status and code."""
    kept = house.headers["A"]
    house.headers["A"] = headers
    try:
        answer = send(house, "A", row.method, row.path, row.thing, "own")
    finally:
        house.headers["A"] = kept
    if answer.status_code < 400:
        house.restore()
    problem = answer.json() if answer.content and "problem" in answer.headers["content-type"] else {}
    return answer.status_code, str(problem.get("code"))


def test_no_change_without_the_sessions_own_token(house: House) -> None:
    tried = changing()
    assert len(tried) > 80
    for row in tried:
        for name, headers in forged(house):
            assert statuses(house, row, headers) == (403, "csrf_refused"), (str(row), name)


def test_without_the_check_of_tokens_other_sites_change_things(house: House) -> None:
    through = 0
    for function, number in refusals(identity_guard):
        with without(function, number) as text:
            if "CsrfRefused" in text:
                through = sum(
                    statuses(house, row, headers)[0] < 400 for row in changing()[:20] for _, headers in forged(house)
                )
    house.restore()
    assert through >= 40


def alike() -> list[str]:
    """Return origins that only look like ours."""
    found = [one.replace("slides.example.org", "coverslip.test").replace("https://", "http://") for one in LOOK_ALIKES]
    found += ["https://coverslip.test", "http://coverslip.test:8080", "http://localhost", "http://coverslip"]
    return [one for one in found if one != ORIGIN and one.strip()]


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.full)])
def test_no_change_from_a_site_that_only_looks_like_ours(house: House, every: int) -> None:
    own, lies = house.headers["A"], [*alike(), ""]
    assert len(lies) > 18
    for place, row in enumerate(changing()):
        for number, lie in enumerate(lies):
            if (place + number) % every == 0:
                assert statuses(house, row, {**own, "Origin": lie.encode()}) == (403, "origin_refused"), (str(row), lie)


def test_without_the_check_of_origins_other_sites_change_things(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "check_origin", lambda scope, base_url: None)
    own = house.headers["A"]
    through = sum(statuses(house, row, {**own, "Origin": "null"})[0] < 400 for row in changing()[:20])
    assert through >= 10
