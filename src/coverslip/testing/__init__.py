"""Conformance suites that plugins inherit, and synthetic slides. Shipped, but no room imports it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coverslip.testing.format_suite import FormatSuite
    from coverslip.testing.identity_suite import IdentitySuite, RedirectSuite

__all__ = ["FormatSuite", "IdentitySuite", "RedirectSuite"]


def __getattr__(name: str) -> Any:
    # Lazy, because the suite needs pytest and the synthetic slides do not.
    if name == "FormatSuite":
        from coverslip.testing.format_suite import FormatSuite

        return FormatSuite
    if name in ("IdentitySuite", "RedirectSuite"):
        from coverslip.testing import identity_suite

        return getattr(identity_suite, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
