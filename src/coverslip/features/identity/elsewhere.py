"""Asking the providers that take a password: at sign-in, for a fresh proof, and step by step for administrators."""

import logging
from collections.abc import Iterator

from sqlalchemy.orm import Session

from coverslip.core.errors import NotFound, SettingRefused
from coverslip.core.identity_errors import ProviderUnavailable
from coverslip.features.identity import guesses, people, providers, store_external, store_people
from coverslip.features.identity.callers import Caller
from coverslip.features.identity.providers import Configured
from coverslip.features.identity.viewer import Viewer, put_on_record
from coverslip.features.identity.words import folded
from coverslip.infra.runtime import Runtime
from coverslip.ports.identity import ExternalIdentity, PasswordProvider, ProviderError, Refused, Step
from coverslip.settings import Settings

logger = logging.getLogger(__name__)


def prove(runtime: Runtime, user_name: str, password: str) -> ExternalIdentity | None:
    """Ask each provider in order whether this is somebody's user name and password; None when it is nobody's.

    Raises
    ------
    ProviderUnavailable
        Nobody said yes, and somebody could not be asked.
    """
    unanswered = False
    for configured, provider in providers.configured(runtime.settings).by_password():
        try:
            return provider.complete(user_name, password)
        except Refused as refused:
            logger.info("%s does not let somebody in: %s", configured.name, refused.reason)
        except ProviderError as error:
            unanswered = True
            logger.warning("%s", error.sentence)
    if unanswered:
        raise ProviderUnavailable
    return None


def proves(runtime: Runtime, person_id: str, password: str) -> bool:
    """Say whether this is the password of somebody whose account is kept elsewhere.

    Raises
    ------
    ProviderUnavailable
    """
    with runtime.db.read() as session:
        account = store_external.of_person(session, person_id)
    if account is None:
        return False
    configured = providers.configured(runtime.settings).named(account.provider)
    if configured is None or not isinstance(configured.provider, PasswordProvider):
        return False
    try:
        return configured.provider.complete(account.user_name, password).key == account.key
    except Refused:
        return False
    except ProviderError as error:
        logger.warning("%s", error.sentence)
        raise ProviderUnavailable from error


def provider_of(session: Session, settings: Settings, person_id: str) -> Configured | None:
    """Return the provider by which somebody signs in, None for accounts that are kept here."""
    account = store_external.of_person(session, person_id)
    return None if account is None else providers.configured(settings).named(account.provider)


def password_providers(settings: Settings) -> list[str]:
    """Return the names of the providers that take a password; broken ones are among them, to be explained.

    Raises
    ------
    SettingRefused
        The identity file itself cannot be used.
    """
    found = providers.configured(settings)
    if found.sentence is not None:
        raise SettingRefused(found.sentence)
    return [one.name for one in found.items if one.way in ("password", None)]


def explain(runtime: Runtime, name: str, user_name: str, password: str | None = None) -> list[Step]:
    """Say step by step how somebody would sign in by a provider, and what they would be here.

    Raises
    ------
    NotFound
        There is no such provider.
    """
    configured = providers.configured(runtime.settings).named(name)
    if configured is None:
        raise NotFound(f"There is no provider {name[:40]!r}.")
    if configured.provider is None:
        return [Step("Settings", "failed", configured.sentence or "The provider is not set up.")]
    steps = list(configured.provider.explain(user_name, password))
    found = next((one.found for one in steps if one.found is not None), None)
    if found is None:
        return steps
    with runtime.db.read() as session:
        return [*steps, *_here(session, configured, found)]


def tried(
    runtime: Runtime, name: str, user_name: str, password: str | None, *, by: Viewer, caller: Caller
) -> list[Step]:
    """Do what :func:`explain` does for an administrator at the screen; a password counts as a guess and is on record.

    Raises
    ------
    NotFound, TooManyAttempts
    """
    if password is None:
        steps = explain(runtime, name, user_name)
    else:
        with guesses.counted(runtime, caller.address, user_name, action="provider.test", by=by) as guess:
            steps = explain(runtime, name, user_name, password)
            guess.right = all(one.outcome != "failed" for one in steps)
            if not guess.right:
                return steps
    with runtime.db.transaction() as session:
        put_on_record(session, "provider.test", "provider", name, by, password=password is not None)
    return steps


def _here(session: Session, configured: Configured, found: ExternalIdentity) -> Iterator[Step]:
    allotted = configured.allot(found.groups)
    yield Step("Groups here", "noted", ", ".join(allotted.groups) or "None: no rule names a group that they are in.")
    if allotted.rules_role:
        yield Step("Role in the organisation", "noted", allotted.role or "None.")
    else:
        yield Step("Role in the organisation", "noted", "Given by administrators here: no rule gives one.")
    account = store_external.by_key(session, found.provider, found.key)
    if account is not None:
        person = people.found(session, account.person_id)
        here = f"{person.user_name}, {person.state}."
        yield Step("Account here", "passed" if person.state == "active" else "failed", here)
        return
    holder = store_people.person_by_sign_in_name(session, folded(found.user_name))
    if holder is None:
        yield Step("Account here", "passed", "None yet; the first sign-in makes it.")
    else:
        link = f"coverslip user link {holder.user_name} {found.provider} {found.key}"
        yield Step("Account here", "failed", f"Another account has this user name. If both are one person's: {link}")
