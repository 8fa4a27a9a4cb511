"""The rules of the house that no other tool can see. Run it from anywhere: ``tools/house_rules.py``.

Each rule keeps a promise of ``docs/explanation/house.md``. A finding is one line, ``path:line: rule``.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "coverslip"
LONGEST_FILE = 400
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
BLOCKING_CALLS = {"open", "sleep", "read_bytes", "read_text", "write_bytes", "write_text", "transaction", "read_index"}
GENERATED = {"web/src/api/schema.d.ts"}
# Addresses of package registries and paths of one machine have no place in the project.
FOREIGN = re.compile(
    r"files\.pythonhosted\.org|pypi\.org/simple|registry\.npmjs\.org|registry\.yarnpkg|deb\.debian\.org"
    r"|(?<![\w.])/(?:work|root|farm)/"
)
TEXT = {
    ".py",
    ".toml",
    ".md",
    ".ts",
    ".tsx",
    ".json",
    ".txt",
    ".yml",
    ".yaml",
    ".sh",
    ".css",
    ".html",
    ".js",
    ".mjs",
    "",
}

Finding = tuple[Path, int, str]


def main() -> None:
    findings = sorted(set(_all_findings()))
    for path, line, rule in findings:
        print(f"{path.relative_to(ROOT)}:{line}: {rule}")
    if findings:
        raise SystemExit(f"{len(findings)} house rules broken")
    print("house rules: kept")


def _all_findings() -> Iterator[Finding]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    for path in files:
        if path == Path(__file__).resolve() or "tests/data" in path.as_posix():
            continue
        yield from _file_findings(path)
        if path.suffix == ".py" and path.is_relative_to(SOURCE):
            yield from _module_findings(path, ast.parse(path.read_text(encoding="utf-8")))


def _file_findings(path: Path) -> Iterator[Finding]:
    if path.suffix not in TEXT:
        return
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    code = path.suffix in {".py", ".ts", ".tsx"} and path.relative_to(ROOT).as_posix() not in GENERATED
    if code and len(lines) > LONGEST_FILE:
        yield path, len(lines), f"longer than {LONGEST_FILE} lines: split it along a real seam"
    if code and path.stem.lower() in VAGUE_NAMES:
        yield path, 1, f"the name {path.stem!r} says nothing"
    for number, line in enumerate(lines, 1):
        if FOREIGN.search(line):
            yield path, number, "names a package registry or a path of one machine"


def _module_findings(path: Path, tree: ast.Module) -> Iterator[Finding]:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    room = parts[1] if parts[0] == "features" and len(parts) > 2 else None
    for node in ast.walk(tree):
        if room is not None:
            yield from _room_findings(path, node, room)
        if parts != ("settings",) and _reads_environment(node):
            yield path, getattr(node, "lineno", 1), "only settings.py reads the environment"
        if isinstance(node, ast.AsyncFunctionDef):
            yield from _async_findings(path, node)


def _room_findings(path: Path, node: ast.AST, room: str) -> Iterator[Finding]:
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        target = node.module.split(".")
        if target[:2] == ["coverslip", "features"] and len(target) > 3 and target[2] != room:
            yield path, node.lineno, f"import room {target[2]!r} by its package root only"
        sql = target[0] == "sqlalchemy" and any(name.name != "Session" for name in node.names)
        if sql and not (path.stem == "models" or path.stem.split("_")[0] == "store"):
            yield path, node.lineno, "SQL belongs in store.py (store_*.py) and models.py"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
        yield path, node.lineno, "features never commit: the transaction's edge does"


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
        return node.attr in {"environ", "getenv"}
    return False


def _async_findings(path: Path, function: ast.AsyncFunctionDef) -> Iterator[Finding]:
    for node in _own_nodes(function):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        asynchronous = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "asyncio"
        if name in BLOCKING_CALLS and not asynchronous:
            yield path, node.lineno, f"{name}() blocks the event loop in async {function.name}()"


def _own_nodes(function: ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Walk a function without its nested ordinary functions, which may run in a thread."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        pending += [
            child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.FunctionDef | ast.Lambda)
        ]


if __name__ == "__main__":
    main()
