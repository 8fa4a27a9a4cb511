"""What a row found, and the table that is printed."""

from dataclasses import dataclass
from statistics import median

from bench.machine import QUIET_SHARE


@dataclass(frozen=True)
class Finding:
    """One line of the table.

    Attributes
    ----------
    row : str
        Which row of the table it belongs to.
    what : str
    reached, bar : str
        As they are printed.
    ok : bool or None
        None for a line that has no bar.
    strangers : float
        Largest share of the machine that others took meanwhile.
    """

    row: str
    what: str
    reached: str
    bar: str = ""
    ok: bool | None = None
    strangers: float = 0.0

    @property
    def verdict(self) -> str:
        """What it comes to."""
        if self.ok is None:
            return ""
        if self.ok:
            return "reached"
        return "BELOW" if self.strangers <= QUIET_SHARE else "not reached, but the machine was busy"


def line(finding: Finding) -> str:
    """Return one line of the table."""
    return f"{finding.row:<9} {finding.what:<66} {finding.reached:>24}  {finding.bar:<12} {finding.verdict}"


def header() -> str:
    """Return the head of the table."""
    return f"{'row':<9} {'what':<66} {'reached':>24}  {'bar':<12} verdict"


def ratio_of(pairs: list[tuple[float, float]]) -> float:
    """Return the median of ours to theirs over interleaved rounds."""
    return median(ours / theirs for ours, theirs in pairs)
