"""``coverslip audit``: check the audit trail, export it, sign its end."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coverslip.core.errors import InvalidRequest

if TYPE_CHECKING:
    from coverslip.infra.audit_check import Report
    from coverslip.settings import Settings

BROKEN: Final = 1


def verify(options: argparse.Namespace, settings: "Settings") -> int:
    """Walk the chain and say what was done to it; 1 when something was."""
    from coverslip.app import command_runtime
    from coverslip.infra.audit_check import check_trail
    from coverslip.infra.audit_heads import public_key_of, read_heads

    folder = options.heads or settings.audit_heads
    heads = [] if folder is None else read_heads(Path(folder))
    key = options.key or public_key_of(settings.data)
    with command_runtime(settings) as runtime, runtime.db.read() as session:
        report = check_trail(session, heads, key)
    for finding in report.findings:
        print(finding.text)
    print("\n".join(_summary(report, looked=folder is not None)))
    return BROKEN if report.findings else 0


def _summary(report: "Report", *, looked: bool) -> list[str]:
    kept = f"records {report.first_no:,} to {report.last_no:,}" if report.checked else "no records"
    fits = "do not fit together" if report.findings else "fit together"
    lines = [f"The trail holds {kept}; they {fits}."]
    if report.vouched_no:
        lines.append(
            f"A head signed at {report.vouched_at} vouches for all records up to {report.vouched_no:,}. "
            "A tail cut off after it, or written anew, cannot be seen."
        )
    elif looked:
        lines.append("No head there vouches for any record of this trail.")
    else:
        lines.append(
            "No heads from another place were compared (--heads DIR): a trail that was written anew as a whole, "
            "or whose end was cut off together with its head, cannot be seen."
        )
    return lines


def export(options: argparse.Namespace, settings: "Settings") -> int:
    """Write the trail, or a part of it, to a file or to standard output."""
    from coverslip.app import command_runtime
    from coverslip.features import identity, operations
    from coverslip.infra.audit import AuditEvent, record

    kind = operations.AuditFormat(options.format)
    query = operations.AuditQuery(
        who=options.who,
        what=options.what,
        object=options.object,
        since=_moment(options.since, "--since"),
        until=_moment(options.until, "--until"),
    )
    with command_runtime(settings) as runtime:
        with runtime.db.transaction() as session:
            identity.ensure_administrator(session)
            by = identity.local_administrator(session)
            detail = {"format": kind.value}
            record(session, AuditEvent("audit.exported", by.person_id, by.viewer_id, "audit", detail=detail))
        with runtime.db.read() as session:
            wanted = operations.understood(session, query)
        parts = operations.written(runtime.db, wanted, kind)
        if options.output is None:
            for part in parts:
                sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
        else:
            with Path(options.output).open("wb") as file:
                file.writelines(parts)
    return 0


def head(options: argparse.Namespace, settings: "Settings") -> int:
    """Print the present end of the trail, signed."""
    from coverslip.app import command_runtime
    from coverslip.infra.audit_heads import sign_head

    with command_runtime(settings) as runtime, runtime.db.read() as session:
        signed = sign_head(session, settings.data)
    print(signed.to_json(), end="")
    return 0


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"{option} needs a date or a moment such as 2026-11-26T14:00+01:00.") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
