"""Every place in the code that refuses, and a way to take one away.

A place is a call of ``require``, ``check`` and their like, found in the source; while a request runs, it is known by
where in the source the call stands. Taking it away lets that one call pass and no other.
"""

import ast
import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

from sqlalchemy import true

import coverslip
from coverslip.core.errors import CoverslipError
from coverslip.features.access import service
from coverslip.features.slides.store_sight import Sight

ROOT: Final = Path(coverslip.__file__).parent
CALLS: Final = {one.__name__: one for one in (service.require, service.check, service.require_admin,
                                             service.require_auditor, service.may, service.visible)}  # fmt: skip
FILTERS: Final = ("slides", "cases", "projects")
"""What a list is filtered by: methods of what a viewer sees."""


@dataclass(frozen=True, order=True)
class Guard:
    """A call that refuses: its file below the package, where it begins, what is called."""

    file: str
    line: int
    column: int
    name: str
    inside: str = field(default="", compare=False)
    """The function in whose body it stands."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.name} in {self.inside}"


def guards() -> list[Guard]:
    """Return every guard in the features' source."""
    found = set()
    for path in sorted((ROOT / "features").rglob("*.py")):
        file = path.relative_to(ROOT)
        module = importlib.import_module("coverslip." + ".".join(file.with_suffix("").parts).removesuffix(".__init__"))
        for node, inside in _calls(ast.parse(path.read_text()), ""):
            name = _called(node, module)
            if name is not None:
                found.add(Guard(str(file), node.lineno, node.col_offset, name, inside))
    return sorted(found)


def _calls(node: ast.AST, inside: str) -> Iterator[tuple[ast.Call, str]]:
    for one in ast.iter_child_nodes(node):
        within = one.name if isinstance(one, ast.FunctionDef) else inside
        if isinstance(one, ast.Call):
            yield one, within
        yield from _calls(one, within)


def _called(node: ast.Call, module: object) -> str | None:
    called = node.func
    if isinstance(called, ast.Name):
        meant = inspect.unwrap(getattr(module, called.id, None) or len)
    elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        if called.attr in FILTERS and called.value.id == "sight":
            return f"sight.{called.attr}"
        meant = inspect.unwrap(getattr(getattr(module, called.value.id, None), called.attr, None) or len)
    elif isinstance(called, ast.Attribute) and called.attr in FILTERS and "see(" in ast.unparse(called.value):
        return f"sight.{called.attr}"
    else:
        return None
    return next((name for name, one in CALLS.items() if meant is one), None)


@dataclass
class Watch:
    """Which guard is away, and which guards spoke while a request ran."""

    away: Guard | None = None
    spoke: set[Guard] = field(default_factory=set)


@contextmanager
def watched() -> Iterator[Watch]:
    """Put a watch before every guard, wherever its name is bound."""
    watch = Watch()
    undo: list[tuple[Any, str, Any]] = []
    for name, original in CALLS.items():
        put = _watching(watch, name, original)
        for module in [one for key, one in sys.modules.items() if key.startswith("coverslip.features")]:
            for bound, value in list(vars(module).items()):
                if value is original:
                    setattr(module, bound, put)
                    undo.append((module, bound, original))
    for name in FILTERS:
        kept = getattr(Sight, name)
        setattr(Sight, name, _watching(watch, f"sight.{name}", kept))
        undo.append((Sight, name, kept))
    try:
        yield watch
    finally:
        for owner, bound, value in undo:
            setattr(owner, bound, value)


def _watching(watch: Watch, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    filters = name.startswith("sight.") or name == "visible"

    @wraps(original)
    def put(*args: Any, **options: Any) -> Any:
        guard = _place(sys._getframe(1), name)
        if guard is not None and guard == watch.away:
            return true() if filters else True if name == "may" else None
        try:
            found = original(*args, **options)
        except CoverslipError:
            if guard is not None:
                watch.spoke.add(guard)
            raise
        if guard is not None and (filters or (name == "may" and not found)):
            watch.spoke.add(guard)
        return found

    return put


def _place(frame: FrameType, name: str) -> Guard | None:
    path = Path(frame.f_code.co_filename)
    if not path.is_relative_to(ROOT) or (name.startswith("sight.") and path.stem == "store_sight"):
        return None  # one filter made of another
    line, _, column, _ = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    return Guard(str(path.relative_to(ROOT)), line or 0, column or 0, name)


# --- a raise taken out of a function ------------------------------------------------------------


def refusals(module: object) -> list[tuple[FunctionType, int]]:
    """Return each ``raise`` in the functions of a module: the function, and which of its raises."""
    found: list[tuple[FunctionType, int]] = []
    for one in vars(module).values():
        if inspect.isfunction(one) and one.__module__ == getattr(module, "__name__", None):
            tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
            inner = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
            if len(inner) == 1:
                raises = sum(isinstance(node, ast.Raise) for node in ast.walk(tree))
                found += [(one, number) for number in range(raises)]
    return found


@contextmanager
def without(function: FunctionType, number: int) -> Iterator[str]:
    """Take one ``raise`` out of a function; gives the text that was there."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    gone = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)][number]
    text = ast.unparse(gone)

    class Out(ast.NodeTransformer):
        def visit_Raise(self, node: ast.Raise) -> ast.stmt:
            return ast.copy_location(ast.Pass(), node) if node is gone else node

    compiled = compile(ast.fix_missing_locations(Out().visit(tree)), inspect.getfile(function), "exec")
    code = next(one for one in compiled.co_consts if isinstance(one, CodeType) and one.co_name == function.__name__)
    kept = function.__code__
    function.__code__ = code
    try:
        yield text
    finally:
        function.__code__ = kept
