"""What an entry of a directory says about a person: who they are, and whether their account is good.

Each kind of directory has its own words for that; a table may replace every one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from ldap3.utils.conv import escape_bytes, escape_filter_chars

from coverslip.core.time import utc_now
from coverslip.features.identity.providers.configuration import Table
from coverslip.features.identity.providers.ldap_wire import Entry

_LOCKED_FOR_GOOD: Final = "000001010000Z"
_AD_DISABLED: Final = 2
_AD_NEVER: Final = 0x7FFFFFFFFFFFFFFF
_AD_EPOCH_S: Final = 11_644_473_600  # from 1601 to 1970
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind of directory calls things.

    ``key_is_binary`` says that the key is a GUID of 16 bytes as Microsoft writes them. ``walks_up`` says
    that groups in groups are found by asking again for each; otherwise one filter finds them all.
    """

    user_filter: str
    key: str
    user_name: str
    name: str
    mail: str
    member_of: str
    group_filter: str
    key_is_binary: bool
    walks_up: bool


OPENLDAP: Final = Words(
    user_filter="(&(objectClass=inetOrgPerson)(uid={user_name}))",
    key="entryUUID",
    user_name="uid",
    name="cn",
    mail="mail",
    member_of="memberOf",
    group_filter="(|(member={dn})(uniqueMember={dn}))",
    key_is_binary=False,
    walks_up=True,
)
ACTIVE_DIRECTORY: Final = Words(
    user_filter="(&(objectCategory=person)(objectClass=user)(sAMAccountName={user_name}))",
    key="objectGUID",
    user_name="sAMAccountName",
    name="displayName",
    mail="mail",
    member_of="memberOf",
    group_filter="(member:1.2.840.113556.1.4.1941:={dn})",
    key_is_binary=True,
    walks_up=False,
)
PRESETS: Final[Mapping[str, Words]] = {"openldap": OPENLDAP, "active-directory": ACTIVE_DIRECTORY}


def words_of(table: Table) -> Words:
    """Return the words of a table: those of its kind, each replaced by what is written.

    Raises
    ------
    Misconfigured
    """
    kind = table.choice("kind", "openldap", tuple(PRESETS))
    preset = PRESETS[kind]
    key = table.text("key_attribute", preset.key)
    nested = table.flag("nested_groups", default=True)
    group_filter = table.text("group_filter", preset.group_filter if nested or preset.walks_up else "(member={dn})")
    return replace(
        preset,
        user_filter=table.text("user_filter", preset.user_filter),
        key=key,
        key_is_binary=key.lower() == "objectguid",
        user_name=table.text("user_name_attribute", preset.user_name),
        name=table.text("name_attribute", preset.name),
        mail=table.text("mail_attribute", preset.mail),
        member_of=table.text("member_of_attribute", preset.member_of),
        group_filter=group_filter,
        walks_up=nested and preset.walks_up,
    )


def asked_for(words: Words) -> list[str]:
    """Return the attributes that an entry of a person is read with."""
    known = [words.key, words.user_name, words.name, words.mail, words.member_of]
    states = ["userAccountControl", "accountExpires", "pwdAccountLockedTime", "shadowExpire", "nsAccountLock"]
    return list(dict.fromkeys([*known, "cn", "displayName", *states]))


def key_of(words: Words, entry: Entry) -> str | None:
    """Return what stays of a person when their name changes."""
    raw = entry.first(words.key)
    if raw is None:
        return None
    if words.key_is_binary and len(raw) == 16:
        return str(UUID(bytes_le=bytes(raw)))
    return raw.decode("utf-8", "replace")


def key_filter(words: Words, key: str) -> str:
    """Return the filter that finds a person by their key."""
    if not words.key_is_binary:
        return f"({words.key}={escape_filter_chars(key)})"
    try:
        return f"({words.key}={escape_bytes(UUID(key).bytes_le)})"
    except ValueError:
        return f"({words.key}={escape_filter_chars(key)})"


def filled(pattern: str, **values: str) -> str:
    """Put values into a filter, each escaped; a value never opens a bracket of its own."""
    for name, value in values.items():
        pattern = pattern.replace("{" + name + "}", escape_filter_chars(value))
    return pattern


def disabled(entry: Entry, now: datetime | None = None) -> str | None:
    """Say which attribute shuts an account, None for one that is good."""
    now = now or utc_now()
    control = _number(entry, "userAccountControl")
    if control is not None and control & _AD_DISABLED:
        return "userAccountControl says that the account is disabled"
    expires = _number(entry, "accountExpires")
    if expires is not None and 0 < expires < _AD_NEVER and expires / 1e7 - _AD_EPOCH_S <= now.timestamp():
        return "accountExpires lies in the past"
    if entry.text("pwdAccountLockedTime") == _LOCKED_FOR_GOOD:
        return "pwdAccountLockedTime locks the account for good"
    last_day = _number(entry, "shadowExpire")
    if last_day is not None and 0 <= last_day <= now.astimezone(UTC).timestamp() // _DAY_S:
        return "shadowExpire lies in the past"
    if (entry.text("nsAccountLock") or "").lower() == "true":
        return "nsAccountLock is true"
    return None


def _number(entry: Entry, attribute: str) -> int | None:
    try:
        return int(entry.text(attribute) or "")
    except ValueError:
        return None
