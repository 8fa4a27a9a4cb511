"""People whose account is kept elsewhere: who they are here, and what their provider's groups give them.

The provider decides about names, mail address, the groups that its rules name, and, where a rule gives
one, the role in the organisation. What administrators here gave besides stays as it is.
"""

import hashlib
import logging
import unicodedata
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coverslip.core.errors import Conflict, InvalidRequest, NotFound
from coverslip.core.identity_errors import NameTaken, NameTakenElsewhere
from coverslip.features.identity import (
    groups,
    people,
    providers,
    sessions,
    store,
    store_external,
    store_factors,
    store_people,
    words,
)
from coverslip.features.identity.models import ExternalAccountRecord, GroupMember, Person
from coverslip.features.identity.providers import Configured
from coverslip.features.identity.sealing import seal, unseal
from coverslip.features.identity.viewer import SYSTEM, Viewer, put_on_record
from coverslip.infra.db import insert_or_ignore
from coverslip.infra.runtime import Runtime
from coverslip.ports.identity import ExternalIdentity
from coverslip.settings import Settings

logger = logging.getLogger(__name__)

_KEY_LONGEST: Final = 255


def admit(session: Session, runtime: Runtime, identity: ExternalIdentity, *, now: datetime) -> Person:
    """Return the person whom a provider let in, as the provider has them now; make the account at the first time.

    Whoever was shut out because the provider said so is let in again. Whoever an administrator here
    deactivated stays out: ``signing_in.let_in`` refuses them.

    Raises
    ------
    NotFound
        There is no such provider (any more).
    NameTakenElsewhere
        Another account has the user name.
    """
    settings = runtime.settings
    provider = providers.configured(settings).named(identity.provider)
    if provider is None or provider.way is None or not 0 < len(identity.key) <= _KEY_LONGEST:
        raise NotFound("This way to sign in is no longer offered.")
    store.lock_keys(session, f"external {identity.provider} {identity.key}")
    account = store_external.by_key(session, identity.provider, identity.key)
    if account is None:
        person = _new_person(session, identity)
        account = _new_account(person.person_id, provider, identity.key, now)
        session.add(account)
    else:
        person = people.found(session, account.person_id)
        _rename(session, person, identity)
    account.user_name, account.way, account.checked_at = identity.user_name[:_KEY_LONGEST], provider.way, now
    _keep_secrets(account, runtime.hmac_key, identity)
    if account.gone_at is not None:
        _come_back(session, account, person)
    session.flush()
    _sync(session, settings, person, provider, identity.groups)
    return person


def shut_out(session: Session, account: ExternalAccountRecord, reason: str, now: datetime) -> None:
    """End what somebody holds open whose provider says no, or could not be asked for too long.

    Their tokens are refused for as long as this lasts.
    """
    person = people.found(session, account.person_id)
    if person.state != "active":
        if account.gone_at is None:
            account.checked_at = now  # an administrator here shut them out: only one lets them in again
        else:
            account.gone_at = now
        session.flush()
        return
    account.gone_at, account.refused, person.state = now, reason, "deactivated"
    session.flush()
    put_on_record(session, "person.gone", "person", person.person_id, SYSTEM, provider=account.provider, reason=reason)
    sessions.drop_sight(session, person.person_id)
    sessions.end_sessions(session, person.person_id, by=SYSTEM)
    store_factors.drop_challenges(session, now, person_id=person.person_id)
    store.drop_one_time_tokens_of(session, person.person_id)


def link(
    session: Session, settings: Settings, person_id: str, provider: str, key: str, *, by: Viewer, now: datetime
) -> None:
    """Have a person with an account here sign in by their account elsewhere; the password here is deleted.

    Raises
    ------
    NotFound, InvalidRequest, Conflict
        There is no such person or provider; the key is none; one of the two is linked already.
    """
    person, found = people.found(session, person_id), providers.configured(settings).named(provider)
    if found is None or found.way is None:
        raise NotFound(f"There is no provider {provider[:40]!r} that works.")
    if not 0 < len(key.strip()) <= _KEY_LONGEST:
        raise InvalidRequest("The key is what the test of the provider shows, such as an entryUUID.")
    if person.source != people.LOCAL or person.state == "pending":
        raise Conflict("This account is linked to another one already, or waits for an approval.")
    holder = store_external.by_key(session, provider, key.strip())
    if holder is not None:
        raise Conflict(f"{people.found(session, holder.person_id).user_name} signs in by this account already.")
    account = _new_account(person_id, found, key.strip(), now)
    account.user_name = person.user_name
    session.add(account)
    person.source, person.external_id = provider, key.strip()
    store_factors.drop_password(session, person_id)
    store_people.revoke_links(session, now, person_id=person_id)
    session.flush()
    put_on_record(session, "person.link", "person", person_id, by, provider=provider)


def unlink(session: Session, person_id: str, *, by: Viewer) -> None:
    """Make an account that is kept elsewhere one that is kept here; it has no password yet.

    Raises
    ------
    NotFound, Conflict
    """
    person = people.found(session, person_id)
    if not store_external.drop_account(session, person_id):
        raise Conflict("This account is kept here already.")
    store_external.keep_memberships(session, person_id, person.source)
    person.source, person.external_id = people.LOCAL, None
    session.flush()
    put_on_record(session, "person.unlink", "person", person_id, by)
    sessions.end_sessions(session, person_id, by=by)


def refresh_of(account: ExternalAccountRecord, key: bytes) -> str | None:
    """Return the secret by which the provider can be asked again, None where it gave none."""
    return None if account.sealed_refresh is None else unseal(key, account.sealed_refresh, _bound(account))


def hint_of(account: ExternalAccountRecord, key: bytes) -> str | None:
    """Return what the provider wants to see when the person signs out."""
    return None if account.sealed_hint is None else unseal(key, account.sealed_hint, _bound(account))


# --- who they are ---------------------------------------------------------------------------------


def _new_person(session: Session, identity: ExternalIdentity) -> Person:
    user_name = _user_name(identity)
    new = people.NewPerson(
        user_name,
        _name(identity, user_name),
        _email(identity),
        source=identity.provider,
        external_id=identity.key,
    )
    try:
        return people.add_person(session, new, by=SYSTEM)
    except NameTaken as error:
        logger.warning(
            "Somebody of %s cannot sign in: another account has their user name. If both are theirs: "
            "coverslip user link %s %s %s",
            identity.provider,
            user_name,
            identity.provider,
            identity.key,
        )
        raise NameTakenElsewhere from error


def _rename(session: Session, person: Person, identity: ExternalIdentity) -> None:
    """Follow what changed there; a user name that another account has meanwhile waits until it is free."""
    user_name = _user_name(identity)
    if user_name != person.user_name:
        try:
            people.require_free(session, user_name, but=person.person_id)
            person.user_name, person.sign_in_name = user_name, words.folded(user_name)
        except NameTaken:
            logger.warning("%s has a new user name at %s, which is taken here.", person.person_id, identity.provider)
    name, email = _name(identity, user_name), _email(identity)
    if (name, email) != (person.name, person.email):
        person.name, person.email = name, email
        put_on_record(session, "person.change", "person", person.person_id, SYSTEM, fields=["email", "name"])
    person.search_text = words.search_text(person.user_name, person.name, person.email)


def _user_name(identity: ExternalIdentity) -> str:
    try:
        return words.user_name(identity.user_name)
    except InvalidRequest:
        usable = "".join(
            one if unicodedata.category(one)[0] in "LNM" or one in "._-@+'" else "-" for one in identity.user_name
        )
    try:
        return words.user_name(usable.strip("-")[:64])
    except InvalidRequest:
        return f"person-{hashlib.sha256(identity.key.encode()).hexdigest()[:10]}"


def _name(identity: ExternalIdentity, user_name: str) -> str:
    try:
        return words.display_name(identity.name[:120])
    except InvalidRequest:
        return user_name


def _email(identity: ExternalIdentity) -> str | None:
    try:
        return words.email(identity.email)
    except InvalidRequest:
        return None


def _new_account(person_id: str, provider: Configured, key: str, now: datetime) -> ExternalAccountRecord:
    return ExternalAccountRecord(
        person_id=person_id,
        provider=provider.name,
        key=key,
        user_name="",
        way=provider.way,
        created_at=now,
        checked_at=now,
    )


def _keep_secrets(account: ExternalAccountRecord, key: bytes, identity: ExternalIdentity) -> None:
    if identity.refresh is not None:
        account.sealed_refresh = seal(key, identity.refresh, _bound(account))
    if identity.hint is not None:
        account.sealed_hint = seal(key, identity.hint, _bound(account))


def _bound(account: ExternalAccountRecord) -> str:
    return f"{account.provider} {account.key}"


def _come_back(session: Session, account: ExternalAccountRecord, person: Person) -> None:
    account.gone_at = account.refused = None
    if person.state == "deactivated":
        person.state = "active"
        put_on_record(session, "person.back", "person", person.person_id, SYSTEM, provider=account.provider)


# --- what they get --------------------------------------------------------------------------------


def _sync(session: Session, settings: Settings, person: Person, provider: Configured, there: tuple[str, ...]) -> None:
    allotted = provider.allot(there)
    wanted = {_group(session, name, provider) for name in allotted.groups}
    had = store_external.groups_by(session, person.person_id, provider.name)
    joined = [
        group_id for group_id in sorted(wanted - had) if _join(session, group_id, person.person_id, provider.name)
    ]
    left = sorted(had - wanted)
    if left:
        store_external.drop_memberships(session, person.person_id, provider.name, left)
    for action, group_ids in (("group.join", joined), ("group.leave", left)):
        for group_id in group_ids:
            put_on_record(
                session, action, "group", group_id, SYSTEM, person_id=person.person_id, provider=provider.name
            )
    if joined or left:
        sessions.drop_sight(session, person.person_id)
    if allotted.rules_role and allotted.role != person.organisation_role:
        people.put_role(session, settings, person, allotted.role, by=SYSTEM)


def _group(session: Session, name: str, provider: Configured) -> str:
    """Return the group of this name; made where there is none, and then as open to administrators as any."""
    group = store_people.group_by_name(session, words.folded(name))
    if group is not None:
        return group.group_id
    return groups.add_group(session, name, f"Made for people of {provider.title}.", by=SYSTEM)


def _join(session: Session, group_id: str, person_id: str, source: str) -> bool:
    """Put somebody into a group; False where an administrator has done so already."""
    return insert_or_ignore(session, GroupMember, {"group_id": group_id, "person_id": person_id, "source": source})
