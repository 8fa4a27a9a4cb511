"""Filters with counts: from one count of everything to how many slides each choice would leave. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from coverslip.features.slides.schemas import Facet
from coverslip.features.slides.words import sort_key, stain_shown, tags_of

Cube = dict[tuple[str, str, str, str], int]


class Filtered(Protocol):
    """The part of a selection that chooses among the counted values."""

    @property
    def states(self) -> tuple[str, ...]:
        """States of slides; empty for all."""

    @property
    def formats(self) -> tuple[str, ...]:
        """Names of file formats; empty for all."""

    @property
    def stains(self) -> tuple[str, ...]:
        """Stains as they are shown; empty for all."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags that a slide must all have."""


def kept(counts: Cube, chosen: Filtered, *, but: str = "") -> Iterator[tuple[tuple[str, str, str, str], int]]:
    """Yield the counts that every filter leaves, or every one ``but`` a named one."""
    for key, count in counts.items():
        state, name, stain, tags = key
        if chosen.states and but != "states" and state not in chosen.states:
            continue
        if chosen.formats and but != "formats" and name not in chosen.formats:
            continue
        if chosen.stains and but != "stains" and stain_shown(stain) not in chosen.stains:
            continue
        # Tags are asked for together, so each narrows the others.
        if chosen.tags and not set(chosen.tags) <= set(tags_of(tags)):
            continue
        yield key, count


def of_states(counts: Cube, chosen: Filtered) -> list[Facet]:
    """Count by state, keeping the other filters."""
    return _facet(((key[0], count) for key, count in kept(counts, chosen, but="states")), lambda value: value)


def of_formats(counts: Cube, chosen: Filtered) -> list[Facet]:
    """Count by format, keeping the other filters."""
    return _facet(((key[1], count) for key, count in kept(counts, chosen, but="formats")), lambda value: value)


def of_stains(counts: Cube, chosen: Filtered) -> list[Facet]:
    """Count by stain in the order of lists, keeping the other filters."""
    order: dict[str, str] = {}
    pairs = []
    for key, count in kept(counts, chosen, but="stains"):
        stain = stain_shown(key[2])
        order[stain] = min(key[2], order.get(stain, key[2]))
        pairs.append((stain, count))
    return _facet(pairs, lambda stain: order[stain])


def of_tags(counts: Cube, chosen: Filtered) -> list[Facet]:
    """Count by tag, keeping all filters."""
    pairs = ((tag, count) for key, count in kept(counts, chosen) for tag in tags_of(key[3]))
    return _facet(pairs, lambda tag: f"{sort_key(tag)}\0{tag}")


def _facet(pairs: Iterable[tuple[str, int]], order: Callable[[str], str]) -> list[Facet]:
    sums: dict[str, int] = {}
    for value, count in pairs:
        if value:
            sums[value] = sums.get(value, 0) + count
    return [Facet(value=value, count=sums[value]) for value in sorted(sums, key=order)]
