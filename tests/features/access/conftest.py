"""A house with something to share, on each database."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.shares import House

from coverslip.infra.runtime import Runtime


@pytest.fixture
def house(runtime: Runtime, signed_in: Any, browser: Callable[[], Any]) -> House:
    """Two projects with cases and slides, a manager of the first, and strangers' browsers."""
    return House(runtime, signed_in, browser)
