"""Accounts that are kept elsewhere, from the command line: would somebody get in, and whose account is whose."""

import argparse
import sys
from typing import TYPE_CHECKING

from coverslip.core.errors import NotFound, SettingRefused

if TYPE_CHECKING:
    from coverslip.settings import Settings


def explain(options: argparse.Namespace, settings: "Settings") -> int:
    """Say step by step how somebody would sign in; exit code 1 where no provider would let them in."""
    from coverslip.app import command_runtime
    from coverslip.features import identity

    if settings.identity_file is None:
        raise SettingRefused("COVERSLIP_IDENTITY_FILE is not set: there are local accounts only.")
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else None
    fine = False
    with command_runtime(settings) as runtime:
        names = identity.password_providers(settings) if options.provider is None else [options.provider]
        if not names:
            raise NotFound("The identity file has no directory; name a provider with --provider.")
        for name in names:
            steps = identity.explain_sign_in(runtime, name, options.user_name, password)
            print(name)
            width = max(len(step.what) for step in steps)
            for step in steps:
                print(f"  {step.what:<{width}}  {step.outcome:<6}  {step.detail}")
            fine = fine or all(step.outcome != "failed" for step in steps)
    return 0 if fine else 1


def link(options: argparse.Namespace) -> int:
    """Have a person sign in by their account elsewhere."""
    from coverslip.app import command_runtime
    from coverslip.core.time import utc_now
    from coverslip.features import identity
    from coverslip.settings import read_settings

    settings = read_settings(data=options.data)
    with command_runtime(settings) as runtime, runtime.db.transaction() as session:
        by = identity.local_administrator(session)
        person_id = identity.person_by_user_name(session, options.user_name).person_id
        identity.link_person(session, settings, person_id, options.provider, options.key, by=by, now=utc_now())
    print("Linked; the password here is deleted.")
    return 0


def unlink(options: argparse.Namespace) -> int:
    """Keep an account here that was kept elsewhere."""
    from coverslip.app import command_runtime
    from coverslip.features import identity
    from coverslip.settings import read_settings

    with command_runtime(read_settings(data=options.data)) as runtime, runtime.db.transaction() as session:
        by = identity.local_administrator(session)
        person_id = identity.person_by_user_name(session, options.user_name).person_id
        identity.unlink_person(session, person_id, by=by)
    print("The account is kept here; coverslip user reset prints the link that sets its password.")
    return 0
