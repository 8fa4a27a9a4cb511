"""Which files, by their names alone, may be the channels of one slide: ``x_ch0.tif`` and ``x_ch1.tif``.

The rule is strict, because a wrong guess would show two patients' slides as one: the names are equal
but for one word, and that word is either ``channel``, ``chan`` or ``ch`` with a number, or a dye.
A bare letter with a number is a block in half of the world's laboratories and never a channel here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

SUFFIXES: Final = (".tif", ".tiff")
MOST_CHANNELS: Final = 64

_DYES: Final = (
    r"DAPI|Hoechst|FITC|TRITC|E?GFP|E?YFP|E?CFP|RFP|mCherry|tdTomato|Rhodamine|Texas[ _-]?Red|Cy[2357]"
    r"|(?:Alexa|AF|Opal)[ _-]?\d{3}"
)
_WORD: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<word>channel|chan|ch)[ _=-]?(?P<number>\d{{1,3}})|(?P<dye>{_DYES}))(?![A-Za-z0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ChannelName:
    """A file name taken apart.

    Attributes
    ----------
    group : tuple of str
        Equal for the files that may be one slide: the name without its channel, and the kind of word.
    label : str
        What the channel is called.
    number : int or None
        None where a dye tells the channels apart.
    """

    group: tuple[str, str, str]
    label: str
    number: int | None


def channel_of(file_name: str) -> ChannelName | None:
    """Take a file name apart, None where it names no channel or more than one."""
    stem, dot, suffix = file_name.rpartition(".")
    if f"{dot}{suffix}".lower() not in SUFFIXES:
        return None
    found = list(_WORD.finditer(stem))
    if len(found) != 1:
        return None
    word = found[0]
    before, after = stem[: word.start()], f"{stem[word.end() :]}.{suffix}"
    if word["dye"]:
        return ChannelName((before, "dye", after), word["dye"], None)
    number = int(word["number"])
    return ChannelName((before, word["word"].lower(), after), f"{word['word'].capitalize()} {number}", number)


def channel_groups(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of file names of one folder that may be one slide each, in the order of their channels.

    Numbers must follow one another without a gap, and dyes must differ; there are 2 to 64 channels.
    """
    groups: defaultdict[tuple[str, str, str], list[tuple[ChannelName, str]]] = defaultdict(list)
    for name in names:
        channel = channel_of(name)
        if channel is not None:
            groups[channel.group].append((channel, name))
    return [[name for _, name in ordered] for members in groups.values() if (ordered := _ordered(members))]


def shared_name(file_name: str) -> str:
    """Return what is left of a file's name without channel and suffix; empty where nothing is."""
    channel = channel_of(file_name)
    if channel is None:
        return ""
    before, _, after = channel.group
    parts = (before.strip(" _-.=()[]"), after.rpartition(".")[0].strip(" _-.=()[]"))
    return " ".join(part for part in parts if part)


def _ordered(members: list[tuple[ChannelName, str]]) -> list[tuple[ChannelName, str]]:
    if not 2 <= len(members) <= MOST_CHANNELS:
        return []
    ordered = sorted(members, key=lambda member: (member[0].number or 0, member[0].label.lower()))
    numbers = [channel.number for channel, _ in ordered if channel.number is not None]
    if numbers:
        return ordered if all(after == before + 1 for before, after in pairwise(numbers)) else []
    return ordered if len({channel.label.lower() for channel, _ in ordered}) == len(ordered) else []
