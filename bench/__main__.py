"""``python -m bench [--quick] [--only ROW ...] [--rounds N]``: prints the table, exits 1 below a bar."""

import argparse
import functools
import importlib.util
import sys
from collections.abc import Callable, Iterator

from bench import (
    access_rows,
    audit_rows,
    drawing,
    exchange_rows,
    library_rows,
    lists,
    live,
    member_rows,
    object_rows,
    tile_rows,
)
from bench.load import WRK_MISSING, have_wrk
from bench.servers import WORK
from bench.table import Finding, header, line
from bench.tile_rows import Plan, Stage

Row = Callable[[Plan, Callable[[str], Stage]], Iterator[Finding]]

ROWS: dict[str, Row] = {
    "stored": tile_rows.stored,
    "cold": tile_rows.cold,
    "missing": tile_rows.missing,
    "styled": tile_rows.styled,
    "bytes": tile_rows.size,
    "memory": tile_rows.memory,
    "opening": library_rows.opening,
    "region": library_rows.region,
    "register": library_rows.register,
    "lists": lists.lists,
    "holding": lists.holding,
    "access": access_rows.lists,
    "members": member_rows.members,
    "trail": audit_rows.trail,
    "objects": object_rows.objects,
    "exchange": exchange_rows.exchange,
    "live": live.live,
    "drawing": drawing.drawing,
}


def main() -> int:
    rows = dict(ROWS)
    if importlib.util.find_spec("bench.web") is not None:
        from bench import case_rows, objects_web, web

        rows["web"] = web.web
        rows["next"] = case_rows.next_slide
        rows["objects-web"] = objects_web.objects_web
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="slides of 40,000 px, one round: a smoke test, no verdict")
    parser.add_argument("--only", action="append", choices=sorted(rows), help="may be given several times")
    parser.add_argument("--rounds", type=int, help="interleaved rounds of each row (3)")
    parser.add_argument("--seconds", type=float, help="seconds of each round (4)")
    options = parser.parse_args()
    if not have_wrk():
        print(WRK_MISSING, file=sys.stderr)
        return 2
    WORK.mkdir(parents=True, exist_ok=True)
    plan = Plan(quick=options.quick, rounds=1 if options.quick else 3)
    plan.rounds = options.rounds or plan.rounds
    plan.seconds = options.seconds or plan.seconds
    stage = functools.cache(lambda layout: Stage(plan, layout))
    print(header(), flush=True)
    below = 0
    for name in options.only or rows:
        for finding in rows[name](plan, stage):
            print(line(finding), flush=True)
            below += finding.verdict == "BELOW"
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
