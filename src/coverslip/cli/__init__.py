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
from coverslip.cli.account_verbs import add_account_verbs
from coverslip.cli.annotation_verbs import add_annotation_verbs
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
    serve.add_argument("--tls-cert", metavar="FILE", help="certificate with its chain, PEM: serve by TLS")
    serve.add_argument("--tls-key", metavar="FILE", help="its private key, PEM")
    serve.add_argument(
        "--tls-self-signed", action="store_true", default=None, help="TLS with a certificate made here, for a trial"
    )
    serve.add_argument("--workers", type=int, metavar="N", help="web processes (two, or one on a single core)")
    serve.add_argument(
        "--share", action="store_true", help="let people on the local network look, by a link, until Ctrl-C"
    )
    serve.add_argument("--password", help="what they must know, with --share")
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
    what = "a file, the word formats (who reads what), or the word ldap and a user name (would they get in)"
    doctor.add_argument("file", nargs="?", metavar="FILE|formats|ldap", help=what)
    doctor.add_argument("user_name", nargs="?", metavar="NAME", help="after ldap: who would sign in")
    doctor.add_argument("--provider", metavar="NAME", help="after ldap: only this provider of the identity file")
    doctor.add_argument("--password-stdin", action="store_true", help="after ldap: try a password from standard input")

    add_account_verbs(verbs, _verb)
    add_annotation_verbs(verbs, _verb)

    _audit_verbs(verbs)

    _verb(verbs, "migrate", _migrate, "bring the database to this version")
    _verb(verbs, "version", _version, "print the version", data=False)
    return parser


def _audit_verbs(verbs: Any) -> None:
    audit = verbs.add_parser("audit", help="check or export the audit trail", allow_abbrev=False).add_subparsers(
        required=True, metavar="COMMAND"
    )
    verify = _verb(audit, "verify", _audit, "walk the trail and say what was done to it")
    verify.add_argument("--heads", metavar="DIR", help="folder of signed heads (COVERSLIP_AUDIT_HEADS)")
    verify.add_argument("--key", metavar="HEX", help="public key that signed them (that of the data folder)")
    export = _verb(audit, "export", _audit, "write the trail, or a part of it, as a file")
    export.add_argument("--format", choices=("csv", "jsonl", "xml"), default="csv", help="as what (csv)")
    export.add_argument("--output", metavar="FILE", help="where to (standard output)")
    export.add_argument("--who", help="id or name of a person")
    export.add_argument("--what", help="a kind of action such as view, or an action such as slide.viewed")
    export.add_argument("--object", help="an id, or the name of a project, case or slide with all it holds")
    export.add_argument("--since", metavar="WHEN", help="a date or moment; UTC unless it says otherwise")
    export.add_argument("--until", metavar="WHEN", help="a date or moment; UTC unless it says otherwise")
    _verb(audit, "head", _audit, "print the end of the trail, signed")
    for name, parser in audit.choices.items():
        parser.set_defaults(audit=name)


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

    names = ("host", "port", "data", "workers", "tls_cert", "tls_key", "tls_self_signed")
    given = {name: getattr(options, name) for name in names}
    folders = tuple(str(Path(folder).absolute()) for folder in options.folders)
    plan, listener, lock = launch.prepare(
        "coverslip.app:prepare", launch.Asked(folders, given, options.share, options.password)
    )

    def ready() -> None:
        print("\n".join(plan.lines), flush=True)
        if options.open:
            _open_browser(plan.sign_in_url)

    supervisor = Supervisor(plan, listener, web="coverslip.app:run_web", jobs="coverslip.app:run_jobs", ready=ready)
    with open(lock):  # noqa: PTH123 - a descriptor: the lock lives as long as it is open
        code = supervisor.run()
        if options.share:
            _end_share(plan.payload)
    return code


def _end_share(payload: bytes) -> None:
    import pickle

    from coverslip.app import command_runtime
    from coverslip.features import imports

    with command_runtime(pickle.loads(payload)) as runtime:  # noqa: S301 - our own child wrote it
        imports.end_shared_folder(runtime)
    print("The share link has ended.", flush=True)


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

    if options.file == "ldap" and options.user_name is not None:
        from coverslip.cli.sign_in import explain

        return explain(options, _settings(options))
    if options.user_name is not None or options.provider is not None or options.password_stdin:
        raise InvalidRequest("Write coverslip doctor ldap NAME to look at a sign-in.")
    if options.file == "formats":
        lines = list_formats()
    else:
        lines = diagnose_file(Path(options.file)) if options.file else diagnose_host(_settings(options))
    for line in lines:
        print(line)
    return 0


def _audit(options: argparse.Namespace) -> int:
    from coverslip.cli import audit

    run = {"verify": audit.verify, "export": audit.export, "head": audit.head}[options.audit]
    return run(options, _settings(options))


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
