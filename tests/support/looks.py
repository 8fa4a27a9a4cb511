"""The windows and appearances in which every page is looked at."""

from typing import Final

import pytest

Size = tuple[int, int]

DESK: Final[Size] = (1440, 900)
TABLET: Final[Size] = (820, 1180)
TELEPHONE: Final[Size] = (390, 844)

# What the page is wider than its window by; a dialog too wide shows here, too.
BEYOND: Final = """() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth,
    ...[...document.querySelectorAll('main, dialog')].map((one) => one.scrollWidth - one.clientWidth))"""

# Each window and each appearance once; all pairs are for `make test-full`.
_ALWAYS = ((DESK, "light"), (TABLET, "dark"), (TELEPHONE, "light"))
_NAMES: Final = {DESK: "desk", TABLET: "tablet", TELEPHONE: "telephone"}


def _look(size: Size, scheme: str) -> pytest.ParameterSet:
    marks = [] if (size, scheme) in _ALWAYS else [pytest.mark.full]
    return pytest.param(size, scheme, id=f"{_NAMES[size]}-{scheme}", marks=marks)


LOOKS: Final = [_look(size, scheme) for size in _NAMES for scheme in ("light", "dark")]
