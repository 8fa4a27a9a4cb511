"""The command line: one thin verb each. Errors are one sentence and a code on standard error.

Nothing heavy is imported before a verb needs it, so that ``coverslip --help`` answers at once.
"""

import argparse
import errno
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coverslip import __version__
from coverslip.core.errors import CoverslipError, DiskFull, FolderMissing, InvalidRequest

if TYPE_CHECKING:
    from coverslip.features.imports import RootOut
    from coverslip.settings import Settings

FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except CoverslipError as error:
        print(f"coverslip: {error.message} [{error.code}]", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED  # whoever read the output has seen enough
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"coverslip: {DiskFull.default_message} [{DiskFull.code}]", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coverslip", description="Open a folder of slides and look at them, fast.", allow_abbrev=False
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = _verb(verbs, "serve", _serve, "serve folders of slides in place")
    serve.add_argument("folders", nargs="*", metavar="FOLDER", help="a folder of slides, or one slide")
    serve.add_argument("--host", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (8080); 0 picks a free one")
    serve.add_argument("--workers", type=int, metavar="N", help="web processes (two, or one on a single core)")
    serve.add_argument("--open", action="store_true", help="open the browser")

    bring = _verb(verbs, "import", _import, "register slides in place and wait for it")
    bring.add_argument("paths", nargs="+", metavar="PATH", help="a folder of slides, or one slide")
    bring.add_argument("--project", metavar="NAME", help="project to put them into (the folder's name)")
    bring.add_argument("--case", metavar="NAME", help="case that the slides belong to")
    bring.add_argument("--copy", action="store_true", help="copy the slides into the data folder first")
    bring.add_argument("--dry-run", action="store_true", help="say what would be registered, and change nothing")

    info = _verb(verbs, "info", _info, "say what a slide holds", data=False)
    info.add_argument("file", metavar="FILE")
    info.add_argument("--json", action="store_true", help="as JSON")

    doctor = _verb(verbs, "doctor", _doctor, "say what works here, or why a file is not read")
    doctor.add_argument("file", nargs="?", metavar="FILE|formats", help="a file, or the word formats: who reads what")

    token = verbs.add_parser("token", help="secrets for scripts", allow_abbrev=False).add_subparsers(
        required=True, metavar="COMMAND"
    )
    create = _verb(token, "create", _token_create, "create a token and print it, once")
    create.add_argument("--name", default="script", help="what it is for")
    create.add_argument("--days", type=int, default=365, help="days until it expires (365)")
    _verb(token, "list", _token_list, "list the tokens, without their secrets")
    revoke = _verb(token, "revoke", _token_revoke, "revoke a token for good")
    revoke.add_argument("token_id", metavar="TOKEN_ID")

    _verb(verbs, "migrate", _migrate, "bring the database to this version")
    _verb(verbs, "version", _version, "print the version", data=False)
    return parser


def _verb(verbs: Any, name: str, run: Any, text: str, *, data: bool = True) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(run=run)
    if data:
        parser.add_argument("--data", metavar="DIR", help="folder for the database and caches (coverslip-data)")
    return parser


def _settings(options: argparse.Namespace) -> "Settings":
    from coverslip.settings import read_settings

    return read_settings(data=options.data)


def _serve(options: argparse.Namespace) -> int:
    from coverslip.infra import launch
    from coverslip.infra.processes import Supervisor

    given = {name: getattr(options, name) for name in ("host", "port", "data", "workers")}
    folders = tuple(str(Path(folder).absolute()) for folder in options.folders)
    plan, listener, lock = launch.prepare("coverslip.app:prepare", launch.Asked(folders, given))

    def ready() -> None:
        print("\n".join(plan.lines), flush=True)
        if options.open:
            _open_browser(plan.sign_in_url)

    supervisor = Supervisor(plan, listener, web="coverslip.app:run_web", jobs="coverslip.app:run_jobs", ready=ready)
    with open(lock):  # noqa: PTH123 - a descriptor: the lock lives as long as it is open
        return supervisor.run()


def _open_browser(url: str) -> None:
    import webbrowser

    try:
        webbrowser.open(url)
    except webbrowser.Error:
        print("No browser could be opened here; use the address above.", flush=True)


def _import(options: argparse.Namespace) -> int:
    from coverslip.app import command_runtime
    from coverslip.features import identity, imports

    paths = [Path(path).absolute() for path in options.paths]
    for path in paths:
        if not path.exists():
            raise FolderMissing(f"There is no {path}.")
    if options.dry_run:
        return _try_import(paths, options)
    with command_runtime(_settings(options)) as runtime:
        with runtime.db.transaction() as session:
            identity.ensure_administrator(session)
            by = identity.local_administrator(session)
        wanted = {"project": options.project, "case": options.case, "copy": options.copy}
        roots = imports.import_paths(runtime, paths, **wanted, by=by, tell=_tell)
    for root in roots:
        print(f"{root.path}: {root.registered} slides, {root.unreadable} unreadable, {root.ignored} other files")
    return 0


def _tell(root: "RootOut") -> None:
    """Show progress to a person; a log gets the outcome only."""
    if sys.stderr.isatty():
        print(f"\r{root.done} of {root.found} looked at", end="\n" if not root.scanning else "", file=sys.stderr)


def _try_import(paths: Sequence[Path], options: argparse.Namespace) -> int:
    import tempfile

    from coverslip.app import command_runtime
    from coverslip.features import imports
    from coverslip.settings import read_settings

    slides = others = 0
    with tempfile.TemporaryDirectory(prefix="coverslip-") as folder:
        settings = read_settings(data=folder).model_copy(update={"database_url": None})
        with command_runtime(settings) as runtime:
            for found in imports.try_paths(runtime, paths):
                slides, others = slides + (found.reason is None), others + (found.reason is not None)
                print(f"{found.path}: {found.format if found.reason is None else found.reason}")
    where = [f"project {options.project}"] if options.project else []
    where += [f"case {options.case}"] if options.case else []
    where += ["copied into the data folder first" if options.copy else "in place"]
    print(
        f"{slides} slides would be registered, {others} listed as unreadable ({', '.join(where)}). Nothing was changed."
    )
    return 0


def _info(options: argparse.Namespace) -> int:
    from coverslip.cli.inspection import describe_file

    facts = describe_file(Path(options.file))
    if options.json:
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        width = max(map(len, facts))
        for name, value in facts.items():
            print(f"{name:<{width}}  {', '.join(value) if isinstance(value, list) else value}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from coverslip.cli.inspection import diagnose_host
    from coverslip.cli.readers import diagnose_file, list_formats

    if options.file == "formats":
        lines = list_formats()
    else:
        lines = diagnose_file(Path(options.file)) if options.file else diagnose_host(_settings(options))
    for line in lines:
        print(line)
    return 0


def _token_create(options: argparse.Namespace) -> int:
    from datetime import timedelta

    from coverslip.app import command_runtime
    from coverslip.core.time import utc_now
    from coverslip.features import identity

    if options.days < 1:
        raise InvalidRequest("A token must live at least one day.")
    with command_runtime(_settings(options)) as runtime, runtime.db.transaction() as session:
        person_id = identity.ensure_administrator(session)
        by = identity.local_administrator(session)
        expires_at = utc_now() + timedelta(days=options.days)
        secret = identity.create_token(session, person_id, options.name, expires_at, by=by)
    print(secret)
    return 0


def _token_list(options: argparse.Namespace) -> int:
    from coverslip.app import command_runtime
    from coverslip.features import identity

    with command_runtime(_settings(options)) as runtime, runtime.db.read() as session:
        for token in identity.list_tokens(session):
            state = f"revoked {token.revoked_at:%Y-%m-%d}" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
            print(f"{token.token_id}  {state}  {token.name}")
    return 0


def _token_revoke(options: argparse.Namespace) -> int:
    from coverslip.app import command_runtime
    from coverslip.features import identity

    with command_runtime(_settings(options)) as runtime, runtime.db.transaction() as session:
        identity.revoke_token(session, options.token_id, by=identity.local_administrator(session))
    print("The token is revoked.")
    return 0


def _migrate(options: argparse.Namespace) -> int:
    from coverslip.infra.datafolder import make_data_folder
    from coverslip.infra.db import open_database
    from coverslip.infra.schema import migrate

    settings = _settings(options)
    make_data_folder(settings.data, sqlite=settings.uses_sqlite)
    db = open_database(settings)
    try:
        before, after = migrate(db)
    finally:
        db.close()
    print(f"The database is at {after}, as before." if before == after else f"The database went to {after}.")
    return 0


def _version(options: argparse.Namespace) -> int:
    print(f"coverslip {__version__}")
    return 0
