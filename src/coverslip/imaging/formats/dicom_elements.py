"""Walks the elements of a DICOM header within bounds; knows no attribute's meaning."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from coverslip.core.errors import CorruptFile

_MAX_DEPTH = 24
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_FORM = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN", b"SV", b"UV"}
_SHORT_FORM = b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
_KNOWN_VR = _LONG_FORM | set(_SHORT_FORM)
_NESTED = {0x0048021A, 0x00480207}
"""Sequences that are entered also where the file does not state that they are sequences."""


class NotEnough(Exception):
    """The walk reached the end of the bytes read so far."""


@dataclass(frozen=True, slots=True)
class Element:
    """Where one element lies: its tag, its value (length None when undefined) and what follows."""

    tag: int
    vr: bytes
    start: int
    value: int
    length: int | None


class ElementWalker:
    """Walks the elements of one buffer; all positions are offsets in the file."""

    def __init__(self, data: bytes, complete: bool, explicit: bool, order: str) -> None:
        self.data = data
        self.complete = complete
        self.explicit = explicit
        self._tag = struct.Struct(order + "HH")
        self._u2 = struct.Struct(order + "H")
        self._u4 = struct.Struct(order + "I")
        self.order = order

    def group(self, position: int) -> int:
        """Return the group of the element that starts at ``position``."""
        if position + 8 > len(self.data):
            raise NotEnough
        return int(self._u2.unpack_from(self.data, position)[0])

    def element(self, position: int) -> Element:
        """Return the element that starts at ``position``."""
        data = self.data
        if position + 8 > len(data):
            raise NotEnough
        group, number = self._tag.unpack_from(data, position)
        tag = (group << 16) | number
        if group == 0xFFFE or not self.explicit:
            length, value, vr = self._u4.unpack_from(data, position + 4)[0], position + 8, b""
        else:
            vr = data[position + 4 : position + 6]
            if vr not in _KNOWN_VR:
                raise CorruptFile("The file is damaged: its DICOM header makes no sense.")
            if vr in _LONG_FORM:
                if position + 12 > len(data):
                    raise NotEnough
                length, value = self._u4.unpack_from(data, position + 8)[0], position + 12
            else:
                length, value = self._u2.unpack_from(data, position + 6)[0], position + 8
        return Element(tag, vr, position, value, None if length == _UNDEFINED else length)

    def end(self, element: Element, depth: int = 0) -> int:
        """Return the position behind an element."""
        if element.length is not None:
            return element.value + element.length
        if element.vr == b"UN" and self.explicit:
            return ElementWalker(self.data, self.complete, False, "<").items(element, None, depth)
        return self.items(element, None, depth)

    def items(self, sequence: Element, sink: Callable[[Element, int], None] | None, depth: int) -> int:
        """Walk the items of a sequence and return the position behind it.

        ``sink`` receives every leaf with the number of its top-level item.
        """
        if depth > _MAX_DEPTH:
            raise CorruptFile("The file is damaged: its DICOM sequences are nested too deeply.")
        position = sequence.value
        limit = None if sequence.length is None else position + sequence.length
        number = 0
        while limit is None or position < limit:
            item = self.element(position)
            if item.tag == _SEQUENCE_END:
                return item.value
            if item.tag != _ITEM:
                raise CorruptFile("The file is damaged: one of its DICOM sequences has no items.")
            position = self._item(item, sink, depth, number)
            number += 1
        return position

    def _item(self, item: Element, sink: Callable[[Element, int], None] | None, depth: int, number: int) -> int:
        if sink is None and item.length is not None:
            return item.value + item.length
        position = item.value
        limit = None if item.length is None else position + item.length
        while limit is None or position < limit:
            element = self.element(position)
            if element.tag == _ITEM_END:
                return element.value
            if sink is not None and (element.vr == b"SQ" or element.tag in _NESTED):
                position = self.items(element, lambda leaf, _: sink(leaf, number), depth + 1)
            else:
                if sink is not None:
                    sink(element, number)
                position = self.end(element, depth + 1)
        return position


def text_of(value: bytes) -> str:
    """Return a short text value without its padding."""
    return value.decode("latin-1").strip("\0 \t\r\n")
