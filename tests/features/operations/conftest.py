"""The whole application, as the tests of tiles have it."""

from tests.features.tiles.conftest import door, outside, register  # noqa: F401
