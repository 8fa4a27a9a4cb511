"""The words of ``coverslip annotations``; nothing else is imported for them."""

from collections.abc import Callable
from typing import Any

from coverslip.cli import annotations


def add_annotation_verbs(verbs: Any, verb: Callable[..., Any]) -> None:
    """Add the commands about annotation files; ``verb`` adds one command."""
    text = "annotation files in and out, and training tiles"
    family = verbs.add_parser("annotations", help=text, description=text, allow_abbrev=False)
    names = family.add_subparsers(required=True, metavar="COMMAND")

    bring = verb(names, "import", annotations.bring, "import annotation files onto slides")
    bring.add_argument("paths", nargs="+", metavar="PATH", help="an annotation file, or a folder of them")
    where = bring.add_mutually_exclusive_group()
    where.add_argument("--slide", metavar="SLIDE", help="id or name of the slide that all of them are about")
    where.add_argument("--match", action="store_true", help="find each file's slide by its name (the default)")
    bring.add_argument("--project", metavar="PROJECT", help="id or name: match only slides of this project")
    bring.add_argument("--format", default="auto", help="format of the files (seen from their content)")
    bring.add_argument("--frame", choices=("full", "cropped"), help="plane of the positions (as usual for the format)")
    bring.add_argument("--private", action="store_true", help="onto layers that only the administrator sees")
    bring.add_argument("--dry-run", action="store_true", help="say what would be imported, and change nothing")

    give = verb(names, "export", annotations.give, "write what is drawn on slides as files")
    give.add_argument("target", metavar="FOLDER", help="where to; one file a slide")
    give.add_argument("--slide", action="append", metavar="SLIDE", help="id or name; may be said again")
    give.add_argument("--project", metavar="PROJECT", help="id or name: all slides of this project")
    give.add_argument("--format", default="qupath", help="format of the files (qupath)")
    give.add_argument("--frame", choices=("full", "cropped"), help="plane of the positions (as usual for the format)")

    tiles = verb(names, "tiles", annotations.tiles, "cut training tiles with masks of what is drawn")
    tiles.add_argument("target", metavar="FOLDER", help="where to; made when it is not there")
    tiles.add_argument("--slide", action="append", metavar="SLIDE", help="id or name; may be said again")
    tiles.add_argument("--project", metavar="PROJECT", help="id or name: all slides of this project")
    tiles.add_argument("--mpp", type=float, metavar="UM", help="micrometres a pixel (level 0)")
    tiles.add_argument("--size", type=int, default=512, metavar="PX", help="pixels of a tile (512)")
    tiles.add_argument("--overlap", type=int, default=0, metavar="PX", help="pixels that neighbours share (0)")
    tiles.add_argument("--masks", choices=("semantic", "instance"), default="semantic", help="values are (semantic)")
    tiles.add_argument("--class", dest="classes", action="append", metavar="NAME=N", help="value of a class; repeat")
    tiles.add_argument("--only-named", action="store_true", help="leave out classes without --class")
    tiles.add_argument("--cover", type=float, default=0.0, metavar="PART", help="least part of a tile drawn on (0)")
    tiles.add_argument("--split", default="0.7,0.15,0.15", metavar="A,B,C", help="shares of train, val and test")
    tiles.add_argument("--seed", type=int, default=0, metavar="N", help="of the split by case (0)")
