"""Alice, who has a password and no role, and a browser in which she is signed in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.features.identity.accounts import add_person, sign_in
from tests.features.identity.elsewhere import Elsewhere
from tests.support.directory import Directory

from coverslip.features import identity
from coverslip.infra.runtime import Runtime


@pytest.fixture
def alice(runtime: Runtime) -> str:
    """Somebody with a password and no role; the local administrator is there too."""
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
    return add_person(runtime, "Alice", email="alice@hospital.example")


@pytest.fixture
def alices(browser: Callable[[], Any], alice: str) -> Any:
    """A browser in which Alice is signed in."""
    found = browser()
    assert sign_in(found, "alice").status_code == 200
    return found


@pytest.fixture
def elsewhere(runtime: Runtime, directory: Directory, tmp_path: Path) -> Elsewhere:
    """A clinic whose people are in a directory; there are no rules for groups."""
    with runtime.db.transaction() as session:
        identity.ensure_administrator(session)
    clinic = Elsewhere(runtime, directory, tmp_path)
    clinic.configure()
    return clinic
