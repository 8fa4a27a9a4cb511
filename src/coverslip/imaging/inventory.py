"""What this installation reads, by which reader, and what is missing for the rest."""

from typing import Any, Final

from coverslip.core.errors import SlideUnreadable
from coverslip.ports.format import Format
from coverslip.ports.registry import formats

OWN: Final = "Coverslip"


def inventory() -> list[dict[str, Any]]:
    """Say of each format who reads it.

    Returns
    -------
    list of dict
        ``format``, ``tier``, ``suffixes``, ``last``; ``reader``, with its version; ``missing``, a sentence
        where it cannot read now, else empty. Formats that are asked last come last.
    """
    found = [_entry(plugin) for plugin in formats().formats]
    found += [
        {
            "format": name,
            "tier": "",
            "suffixes": [],
            "last": False,
            "reader": "",
            "missing": f"It did not load: {reason}.",
        }
        for name, reason in formats().failures
    ]
    return sorted(found, key=lambda entry: (entry["last"], entry["format"]))


def _entry(plugin: Format) -> dict[str, Any]:
    reader, missing = OWN, ""
    ask = getattr(plugin, "reader", None)
    if ask is not None:
        try:
            reader = str(ask())
        except SlideUnreadable as error:
            reader, missing = "", error.message
    return {
        "format": plugin.name,
        "tier": plugin.tier.value,
        "suffixes": list(plugin.suffixes),
        "last": bool(getattr(plugin, "last", False)),
        "reader": reader,
        "missing": missing,
    }
