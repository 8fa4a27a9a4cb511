"""Conformance suites that plugins inherit, and synthetic slides. Shipped, but no room imports it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coverslip.testing.format_suite import FormatSuite

__all__ = ["FormatSuite"]


def __getattr__(name: str) -> Any:
    # Lazy, because the suite needs pytest and the synthetic slides do not.
    if name == "FormatSuite":
        from coverslip.testing.format_suite import FormatSuite

        return FormatSuite
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
