"""LDAP and Active Directory: a user name and a password, checked by a bind at the directory.

One walk serves signing in and explaining it: connect, encrypt, bind, find, check, bind as the person,
collect groups. The password goes to the directory only, by TLS; it is never empty and never kept.
"""

import secrets
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

from ldap3.utils.dn import escape_rdn

from coverslip.core.time import monotonic_s
from coverslip.features.identity.providers.configuration import Table
from coverslip.features.identity.providers.ldap_entry import (
    Words,
    asked_for,
    disabled,
    filled,
    key_filter,
    key_of,
    words_of,
)
from coverslip.features.identity.providers.ldap_wire import (
    WRONG_PASSWORD,
    Address,
    Entry,
    Link,
    Unreachable,
    address,
    check_filter,
    trust,
)
from coverslip.ports.identity import (
    CannotLookUp,
    ExternalIdentity,
    Misconfigured,
    ProviderError,
    Reason,
    Refused,
    Step,
)

T = TypeVar("T")

_NAME_LONGEST: Final = 256
_NAME: Final = "{user_name}"
_GROUPS_UP: Final = 10
_GROUPS_MOST: Final = 1000
_AT_ONCE: Final = 50
_REST_S: Final = 60.0
_MICROSOFT: Final[Mapping[str, tuple[Reason, str]]] = {
    "data 530": ("disabled", "the account may not sign in at this hour"),
    "data 531": ("disabled", "the account may not sign in from here"),
    "data 532": ("wrong_password", "the password has expired; it is changed at the directory"),
    "data 533": ("disabled", "the account is disabled"),
    "data 701": ("disabled", "the account has expired"),
    "data 773": ("wrong_password", "the password must be changed at the directory first"),
    "data 775": ("wrong_password", "the account is locked after wrong passwords"),
}
"""What Active Directory says in the message of a refused bind."""
_SHUT: Final = (53, 19, 50)  # unwilling, constraint, no right: the password may be right and still opens nothing


@dataclass(frozen=True, slots=True)
class Plan:
    """One table, read and checked."""

    name: str
    title: str
    servers: tuple[Address, ...]
    context: ssl.SSLContext = field(repr=False)
    base_dn: str
    group_base_dn: str
    words: Words
    bind_dn: str | None
    password: str | None = field(repr=False)
    user_dn: str | None
    disabled_filter: str | None
    timeout_s: float


def make(table: Mapping[str, Any]) -> "LdapProvider":
    """Make a provider of one ``[[ldap]]`` table.

    Raises
    ------
    Misconfigured
    """
    read = Table(table)
    start_tls, insecure = read.flag("start_tls"), read.flag("insecure")
    servers = tuple(address(one, start_tls=start_tls, insecure=insecure) for one in read.texts("servers"))
    if not servers:
        raise Misconfigured("servers is empty")
    base_dn, words = read.text("base_dn"), words_of(read)
    plan = Plan(
        name=read.text("name"),
        title=read.text("title"),
        servers=servers,
        context=trust(read.file("ca_file")),
        base_dn=base_dn,
        group_base_dn=read.text("group_base_dn", base_dn),
        words=words,
        bind_dn=read.maybe("bind_dn"),
        password=read.secret("password"),
        user_dn=read.maybe("user_dn"),
        disabled_filter=read.maybe("disabled_filter"),
        timeout_s=read.number("timeout_s", 5, 1, 60),
    )
    read.close()
    _check(plan)
    return LdapProvider(plan)


def _check(plan: Plan) -> None:
    if _NAME not in plan.words.user_filter:
        raise Misconfigured(f"user_filter has no {_NAME}: {plan.words.user_filter}")
    check_filter("user_filter", filled(plan.words.user_filter, user_name="x"))
    check_filter("group_filter", filled(plan.words.group_filter, dn="cn=x", user_name="x"))
    if plan.disabled_filter is not None:
        check_filter("disabled_filter", plan.disabled_filter)
    if plan.user_dn is not None and _NAME not in plan.user_dn:
        raise Misconfigured(f"user_dn has no {_NAME}: {plan.user_dn}")
    if (plan.bind_dn is None) == (plan.user_dn is None):
        raise Misconfigured("either bind_dn (a service account) or user_dn (what people bind as) must be set")
    if plan.bind_dn is not None and not plan.password:
        raise Misconfigured("bind_dn needs password_file")


class LdapProvider:
    """A directory with one or several servers."""

    way: Literal["password"] = "password"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._resting: dict[str, float] = {}

    @property
    def name(self) -> str:
        """Stable key."""
        return self._plan.name

    @property
    def title(self) -> str:
        """What people read."""
        return self._plan.title

    def complete(self, user_name: str, password: str) -> ExternalIdentity:
        """Let somebody in.

        Raises
        ------
        Refused, ProviderError
        """
        if not password:
            raise Refused("wrong_password")

        def walk(server: Address) -> ExternalIdentity:
            found = [step.found for step in self._walk(server, user_name, password, _Trace()) if step.found]
            return found[-1]

        return self._on_some_server(walk)

    def look_up(self, key: str, refresh: str | None = None) -> ExternalIdentity | None:
        """Return somebody as the service account sees them now; None when they are gone, disabled or filtered out.

        Raises
        ------
        CannotLookUp
            There is no service account.
        ProviderError
        """
        del refresh  # a directory gives none
        if self._plan.bind_dn is None:
            raise CannotLookUp

        def look(server: Address) -> ExternalIdentity | None:
            with self._link(server) as link:
                link.open()
                self._bind_service(link)
                anybody = self._plan.words.user_filter.replace(_NAME, "*")
                wanted = f"(&{key_filter(self._plan.words, key)}{anybody})"
                entries = link.search(self._plan.base_dn, wanted, asked_for(self._plan.words), limit=2)
                if len(entries) != 1 or self._shut(link, entries[0]) is not None:
                    return None
                return self._identity(entries[0], self._groups(link, entries[0]))

        return self._on_some_server(look)

    def explain(self, user_name: str, password: str | None = None) -> Iterator[Step]:
        """Say step by step how signing in would go; servers that do not answer are named on the way."""
        last: ProviderError | None = None
        for server in self._in_order():
            trace = _Trace()
            try:
                yield from self._walk(server, user_name, password, trace)
                return
            except Unreachable as error:
                yield Step(trace.what, "failed", _sentence(error.sentence))
                last = error
            except ProviderError as error:
                yield Step(trace.what, "failed", _sentence(error.sentence))
                return
            except Refused as refused:
                yield Step(trace.what, "failed", _sentence(refused.detail or _REASONS[refused.reason]))
                return
        if last is not None and len(self._plan.servers) > 1:
            yield Step("Connect", "failed", "No server of this directory answers.")

    # --- the walk -----------------------------------------------------------------------------

    def _walk(self, server: Address, user_name: str, password: str | None, trace: "_Trace") -> Iterator[Step]:
        """Go the way of a sign-in and say what is seen; without a password the bind as the person is left out."""
        with self._link(server) as link:
            trace.what = "Connect"
            link.open()
            yield Step("Connect", "passed", f"{server.uri} answers.")
            yield Step("TLS", "noted" if server.way == "plain" else "passed", link.encryption())
            trace.what = "Bind"
            if self._plan.bind_dn is not None:
                self._bind_service(link)
                yield Step("Bind", "passed", f"As {self._plan.bind_dn}.")
            elif password:
                self._bind_person(link, self._own_dn(user_name), password)
                yield Step("Bind", "passed", f"As {self._own_dn(user_name)}.")
            else:
                raise ProviderError("without a service account (bind_dn) the test needs the password too")
            trace.what = "Filter"
            wanted = filled(self._plan.words.user_filter, user_name=_usable(user_name))
            entry = self._find(link, wanted, password)
            yield Step("Filter", "passed", f"{wanted} finds one entry under {self._plan.base_dn}.")
            yield Step("DN", "passed", entry.dn)
            if self._plan.bind_dn is not None and password:
                trace.what = "Password"
                with link.again() as own:
                    own.open()
                    self._bind_person(own, entry.dn, password)
                yield Step("Password", "passed", "The directory takes it.")
            trace.what = "Account"
            why = self._shut(link, entry)
            if why is not None:
                raise Refused("disabled", why)
            identity = self._identity(entry, ())
            yield Step("Account", "passed", f"{identity.name}, {identity.email or 'no mail address'}.")
            yield Step("Key", "passed", identity.key)
            trace.what = "Groups"
            groups = self._groups(link, entry)
            detail = "; ".join(groups) if groups else "In none."
            yield Step("Groups", "passed" if groups else "noted", detail, self._identity(entry, groups))

    def _find(self, link: Link, wanted: str, password: str | None) -> Entry:
        entries = link.search(self._plan.base_dn, wanted, asked_for(self._plan.words), limit=2)
        if len(entries) == 1:
            return entries[0]
        if password and self._plan.bind_dn is not None:
            with link.again() as own:  # the same work as for somebody who is there
                own.open()
                own.bind(f"cn={secrets.token_hex(8)},{self._plan.base_dn}", password)
        if entries:
            raise Refused("ambiguous", f"{wanted} finds several entries under {self._plan.base_dn}")
        raise Refused("unknown", f"{wanted} finds nobody under {self._plan.base_dn} (user_filter, base_dn)")

    def _bind_service(self, link: Link) -> None:
        code, said = link.bind(self._plan.bind_dn or "", self._plan.password or "")
        if code == WRONG_PASSWORD:
            raise ProviderError("bind_dn or password_file is wrong: the directory refuses the service account")
        if code:
            raise ProviderError(f"bind_dn: the directory does not let the service account in ({said})")

    def _bind_person(self, link: Link, dn: str, password: str) -> None:
        code, said = link.bind(dn, password)
        if code == 0:
            return
        for word, (reason, detail) in _MICROSOFT.items():
            if word in said:
                raise Refused(reason, detail)
        if code in _SHUT:
            raise Refused("disabled", f"the directory shuts the account out ({said or code})")
        raise Refused("wrong_password", "the directory does not take this password")

    def _own_dn(self, user_name: str) -> str:
        pattern = self._plan.user_dn or ""
        name = _usable(user_name)
        if "=" in pattern:
            return pattern.replace(_NAME, escape_rdn(name))
        if not all(one.isalnum() or one in "._-" for one in name):
            raise Refused("unknown")  # NAME@DOMAIN or DOMAIN\NAME: nothing to escape with
        return pattern.replace(_NAME, name)

    def _shut(self, link: Link, entry: Entry) -> str | None:
        """Say why an account is no good, None for one that is."""
        why = disabled(entry)
        shut = self._plan.disabled_filter
        if why is not None or shut is None:
            return why
        fits = link.search(entry.dn, shut, [self._plan.words.user_name], only_base=True)
        return f"disabled_filter fits: {shut}" if fits else None

    def _identity(self, entry: Entry, groups: Sequence[str]) -> ExternalIdentity:
        words = self._plan.words
        key, user_name = key_of(words, entry), entry.text(words.user_name)
        if not key:
            raise ProviderError(f"key_attribute: {entry.dn} has no {words.key} that the directory shows")
        if not user_name:
            raise ProviderError(f"user_name_attribute: {entry.dn} has no {words.user_name} that the directory shows")
        name = entry.text(words.name) or entry.text("displayName") or entry.text("cn") or user_name
        return ExternalIdentity(self.name, key, user_name, name, entry.text(words.mail), tuple(groups))

    # --- groups -------------------------------------------------------------------------------

    def _groups(self, link: Link, entry: Entry) -> list[str]:
        """Return the groups of a person, with those that hold them: by one filter, or by walking up, with a bound."""
        words = self._plan.words
        own = filled(words.group_filter, dn=entry.dn, user_name=entry.text(words.user_name) or "")
        frontier = {dn.casefold(): dn for dn in [*entry.texts(words.member_of), *self._holding(link, [own])]}
        found = dict(frontier)
        for _ in range(_GROUPS_UP if words.walks_up else 0):
            if not frontier or len(found) > _GROUPS_MOST:
                break
            filters = [filled(words.group_filter, dn=dn, user_name="\0") for dn in frontier.values()]
            above = {dn.casefold(): dn for dn in self._holding(link, filters)}
            frontier = {plain: dn for plain, dn in above.items() if plain not in found}
            found.update(frontier)
        return [found[plain] for plain in sorted(found)][:_GROUPS_MOST]

    def _holding(self, link: Link, filters: Sequence[str]) -> list[str]:
        """Return the names of the groups that fit any of these filters."""
        groups: list[str] = []
        for first in range(0, len(filters), _AT_ONCE):
            some = filters[first : first + _AT_ONCE]
            text = some[0] if len(some) == 1 else f"(|{''.join(some)})"
            groups += [one.dn for one in link.search(self._plan.group_base_dn, text, ["cn"], setting="group_base_dn")]
        return groups

    # --- servers ------------------------------------------------------------------------------

    def _link(self, server: Address) -> Link:
        return Link(server, self._plan.context, self._plan.timeout_s)

    def _in_order(self) -> list[Address]:
        """Return the servers as written, those that did not answer within the last minute at the end."""
        now_s = monotonic_s()
        return sorted(self._plan.servers, key=lambda one: self._resting.get(one.uri, 0.0) > now_s)

    def _on_some_server(self, work: Callable[[Address], T]) -> T:
        said: list[str] = []
        for server in self._in_order():
            try:
                done = work(server)
            except Unreachable as error:
                said.append(error.sentence)
                self._resting[server.uri] = monotonic_s() + _REST_S
                continue
            except ProviderError as error:
                raise ProviderError(self._named(error.sentence)) from error
            self._resting.pop(server.uri, None)
            return done
        raise ProviderError(self._named(f"servers: {'; '.join(said)}"))

    def _named(self, sentence: str) -> str:
        return f'[[ldap]] "{self.name}": {_sentence(sentence)}'


@dataclass(slots=True)
class _Trace:
    """Which step is on its way."""

    what: str = "Connect"


_REASONS: Final[Mapping[Reason, str]] = {
    "wrong_password": "the directory does not take this password",
    "unknown": "nobody has this user name",
    "disabled": "the account is disabled",
    "ambiguous": "several people have this user name",
    "declined": "the directory declines",
    "forged": "the answer is not the directory's",
}


def _usable(user_name: str) -> str:
    name = user_name.strip()
    if not name or len(name) > _NAME_LONGEST or "\0" in name:
        raise Refused("unknown", "nobody can have this user name")
    return name


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
