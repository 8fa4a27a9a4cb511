"""Why somebody may see something, or may not: whole sentences from what was given. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from coverslip.features.access.members import Entry, Level, entry_text
from coverslip.features.access.naming import Named
from coverslip.features.access.rules import (
    FULL,
    NOTHING,
    VISITOR,
    WITHOUT_SLIDES,
    Right,
    Standing,
    Visibility,
    together,
)

_RIGHT_WORDS: Final[Mapping[Right, str]] = {
    Right.IDENTITY: "see names, labels and metadata",
    Right.EXPORT: "export",
    Right.DOWNLOAD: "download originals",
}
_VISIBILITY_WORDS: Final[Mapping[Visibility, str]] = {
    Visibility.PRIVATE: "private",
    Visibility.SIGNED_IN: "visible to everybody who is signed in",
    Visibility.PUBLIC: "public",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at.

    Attributes
    ----------
    code : str
        Stable; see the documentation of the route.
    text : str
        A whole sentence.
    scope_id : str or None
        Where it stands.
    via : Entry or None
        The entry that it is about.
    decides : bool
        Whether the outcome rests on it.
    """

    code: str
    text: str
    scope_id: str | None = None
    via: Entry | None = None
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody is on a scope, and why."""

    standing: Standing
    summary: str
    steps: tuple[Step, ...]


def explain(
    person: Named,
    group_ids: Sequence[str],
    levels: Sequence[Level],
    places: Mapping[str, str],
    groups: Mapping[str, str],
) -> Outcome:
    """Say what a person is on the first of some levels, and why.

    Parameters
    ----------
    group_ids : sequence of str
        The groups that the person is in.
    levels : sequence of Level
        From the object upwards.
    places : mapping of scope id to str
        What each level is called, ``the project Study``.
    groups : mapping of group id to str
        The names of groups.
    """
    if person.organisation_role == "administrator":
        text = f"{person.name} is an administrator and may see and do everything."
        return Outcome(FULL, text, (Step("administrator", text, decides=True),))
    steps: list[Step] = []
    if not person.active:
        steps.append(Step("inactive", f"{person.name} cannot sign in now; what follows holds once they can."))
    if person.organisation_role in WITHOUT_SLIDES:
        text = f"{person.name} is {_a(person.organisation_role or '')}, who sees no slides whatever members lists say."
        return Outcome(NOTHING, text, (*steps, Step("no_slides", text, decides=True)))
    found: Standing | None = None
    how = ""
    for level in levels:
        own, of_groups = _of(level.entries, person.subject_id, group_ids)
        here = together(None if own is None else own.standing, [one.standing for one in of_groups])
        decides = found is None and here is not None
        steps += _at(person, places[level.scope_id], level, own, of_groups, groups, decides=decides)
        if decides and here is not None:
            found = here
            ways = "directly" if own is not None else _by(of_groups, groups)
            how = f"{ways} on {places[level.scope_id]}"
    if found is None:
        found, how = _by_visibility(person, levels, places, steps)
    steps += _rights(person, found)
    return Outcome(found, _summary(person, found, how), tuple(steps))


def _of(entries: Sequence[Entry], person_id: str, group_ids: Sequence[str]) -> tuple[Entry | None, list[Entry]]:
    own = next((one for one in entries if (one.subject_kind, one.subject_id) == ("person", person_id)), None)
    return own, [one for one in entries if one.subject_kind == "group" and one.subject_id in group_ids]


def _at(
    person: Named,
    place: str,
    level: Level,
    own: Entry | None,
    of_groups: Sequence[Entry],
    groups: Mapping[str, str],
    *,
    decides: bool,
) -> list[Step]:
    if own is None and not of_groups:
        return [Step("nothing_here", f"On {place}, nothing is said about {person.name}.", level.scope_id)]
    steps = []
    for entry in [*([own] if own is not None else []), *of_groups]:
        counts = decides and (own is None or entry is own)
        way = "directly" if entry is own else _by([entry], groups)
        end = "this decides" if counts else "their own entry there decides" if decides else "a nearer entry decides"
        text = f"On {place}: {_words(entry.standing)}, {way}; {end}."
        steps.append(Step("entry" if counts else "overridden", text, level.scope_id, entry, counts))
    return steps


def _by_visibility(
    person: Named, levels: Sequence[Level], places: Mapping[str, str], steps: list[Step]
) -> tuple[Standing, str]:
    said = next((level for level in levels if level.visibility is not None), None)
    if said is None or said.visibility in (None, Visibility.PRIVATE):
        where = "" if said is None else f", and {places[said.scope_id]} is private"
        text = f"No entry here or above says anything about {person.name}{where}: they see nothing."
        steps.append(Step("no_entry", text, None if said is None else said.scope_id, decides=True))
        return NOTHING, ""
    words = _VISIBILITY_WORDS[said.visibility or Visibility.PRIVATE]
    text = f"{_upper(places[said.scope_id])} is {words}, so {person.name} may look, without names."
    steps.append(Step("visibility", text, said.scope_id, decides=True))
    return VISITOR, f"because {places[said.scope_id]} is {words}"


def _rights(person: Named, found: Standing) -> list[Step]:
    if found.role is None:
        return []
    may = [_RIGHT_WORDS[one] for one in Right if one in found.rights]
    may_not = [_RIGHT_WORDS[one] for one in Right if one not in found.rights]
    steps = [Step("right", f"{person.name} may {_and(may)}.")] if may else []
    return [*steps, *([Step("right", f"{person.name} may not {_and(may_not, 'or')}.")] if may_not else [])]


def _summary(person: Named, found: Standing, how: str) -> str:
    if found.role is None:
        return f"{person.name} may not see this{', shut out ' + how if how else ''}."
    return f"{person.name} is {_words(found)} here, {how}."


def _words(standing: Standing) -> str:
    if standing.role is None:
        return entry_text(standing)
    may = [_RIGHT_WORDS[one] for one in Right if one in standing.rights]
    return f"{standing.role.value} who may {_and(may)}" if may else standing.role.value


def _by(entries: Sequence[Entry], groups: Mapping[str, str]) -> str:
    names = [groups.get(one.subject_id, "a group that is gone") for one in entries]
    return f"by the group{'s' if len(names) > 1 else ''} {_and(names)}"


def _and(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _a(word: str) -> str:
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
