"""ICC profiles made by us, so that tests of managed colour need no sample."""

import struct

_D50 = (0.9642, 1.0, 0.8249)
_WIDE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
"""Red, green and blue of a gamut wider than sRGB (those of Adobe RGB 1998), as XYZ under D50."""


def wide_rgb_profile(name: str = "Wide test RGB", gamma: float = 2.2) -> bytes:
    """Return a matrix profile (ICC version 2.4) with primaries wider than sRGB's."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    text = name.encode("ascii") + b"\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    tags = {
        b"desc": description + bytes(-len(description) % 4),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(_WIDE[0]),
        b"gXYZ": _xyz(_WIDE[1]),
        b"bXYZ": _xyz(_WIDE[2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    at = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for signature, value in tags.items():
        table += signature + struct.pack(">II", at + len(data), len(value))
        data += value
    return _header(at + len(data)) + table + data


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(value * 65_536)) for value in values)


def _header(size: int) -> bytes:
    head = struct.pack(">I4sI4s4s4s", size, b"    ", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(24)
    head += struct.pack(">I", 1)  # relative colorimetric
    head += b"".join(struct.pack(">i", round(value * 65_536)) for value in _D50)
    return head.ljust(128, b"\0")
