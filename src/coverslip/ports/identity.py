"""The identity door: how somebody signs in with an account that is kept elsewhere.

A plugin is one function (:class:`IdentityKind`) that turns a table of the identity file into a
provider: one that takes a user name and a password (:class:`PasswordProvider`), one that sends the
browser away and has it come back (:class:`RedirectProvider`), or one that reads what a proxy says
(:class:`HeaderProvider`). Built-in kinds enter by the same door (entry-point group
``coverslip.identity``), and ``coverslip.testing.IdentitySuite`` is the exam for them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Way = Literal["password", "redirect", "header"]
Outcome = Literal["passed", "failed", "noted"]
Reason = Literal["wrong_password", "unknown", "disabled", "ambiguous", "declined", "forged"]


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Somebody as their provider knows them.

    Attributes
    ----------
    provider : str
        Name of the provider in the identity file.
    key : str
        What stays when the name changes: objectGUID, entryUUID, sub. Never the user name.
    user_name, name : str
    email : str or None
    groups : tuple of str
        Groups as the provider writes them (LDAP: distinguished names), nested ones included.
    refresh : str or None
        A secret by which the provider can be asked again without the person (a refresh token).
    hint : str or None
        What the provider wants to see again when the person signs out (an ID token).
    """

    provider: str
    key: str
    user_name: str
    name: str
    email: str | None = None
    groups: tuple[str, ...] = ()
    refresh: str | None = field(default=None, repr=False)
    hint: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation: what was tried, how it went, and what was seen.

    The last step of an explanation that found somebody carries whom in ``found``.
    """

    what: str
    outcome: Outcome
    detail: str
    found: ExternalIdentity | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send a browser, and what to keep (JSON) until it comes back."""

    url: str
    state_secret: str = field(repr=False)


class ProviderError(Exception):
    """The provider cannot be asked: it is unreachable, its certificate is not good, it is set up wrongly.

    ``sentence`` is for administrators and names the setting to look at; it holds no secret.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Misconfigured(ProviderError):
    """A table of the identity file cannot be used; the sentence begins with the key."""


class CannotLookUp(Exception):
    """The provider tells nothing about somebody who is not there: there is nothing to ask with."""


class Refused(Exception):
    """The provider does not let this person in. ``reason`` is for the log and for administrators only."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@runtime_checkable
class PasswordProvider(Protocol):
    """Takes a user name and a password, as LDAP does."""

    way: Literal["password"]

    @property
    def name(self) -> str:
        """Stable key, ``clinic``."""
        ...

    @property
    def title(self) -> str:
        """What people read on the sign-in page."""
        ...

    def complete(self, user_name: str, password: str) -> ExternalIdentity:
        """Let somebody in. An empty password never does.

        Raises
        ------
        Refused, ProviderError
        """
        ...

    def look_up(self, key: str, refresh: str | None = None) -> ExternalIdentity | None:
        """Return somebody as they are now; None when they are gone or disabled.

        Raises
        ------
        CannotLookUp, ProviderError
        """
        ...

    def explain(self, user_name: str, password: str | None = None) -> Iterator[Step]:
        """Say step by step how signing in would go; never raises, ends at the first step that fails."""
        ...


@runtime_checkable
class RedirectProvider(Protocol):
    """Sends the browser to another site, as OpenID Connect does."""

    way: Literal["redirect"]

    @property
    def name(self) -> str:
        """Stable key."""
        ...

    @property
    def title(self) -> str:
        """What people read on the button of the sign-in page."""
        ...

    def begin(self, return_to: str, redirect_uri: str, *, prove: bool = False) -> Begun:
        """Begin; ``prove`` asks the provider to take a fresh proof, whoever is signed in there.

        Raises
        ------
        ProviderError
        """
        ...

    def complete(self, kept: str, params: Mapping[str, str], redirect_uri: str) -> ExternalIdentity:
        """Take what came back.

        Raises
        ------
        Refused, ProviderError
        """
        ...

    def look_up(self, key: str, refresh: str | None = None) -> ExternalIdentity | None:
        """Return somebody as they are now; None when they are gone or disabled.

        Raises
        ------
        CannotLookUp, ProviderError
        """
        ...

    def logout_url(self, return_to: str, hint: str | None = None) -> str | None:
        """Return where a browser signs out of the provider too, None when it offers no such place."""
        ...

    def explain(self, user_name: str, password: str | None = None) -> Iterator[Step]:
        """Say step by step what of the provider works; never raises."""
        ...


@runtime_checkable
class HeaderProvider(Protocol):
    """Believes what a proxy at a listed address says about who is there."""

    way: Literal["header"]

    @property
    def name(self) -> str:
        """Stable key."""
        ...

    @property
    def title(self) -> str:
        """What people read on the button of the sign-in page."""
        ...

    def trusts(self, peer: str) -> bool:
        """Whether this address, the real peer of the connection, may say who is there."""
        ...

    def complete(self, headers: Mapping[str, str]) -> ExternalIdentity | None:
        """Return whom the headers (names in small letters) name; None when they name nobody.

        Raises
        ------
        Refused
        """
        ...

    def explain(self, user_name: str, password: str | None = None) -> Iterator[Step]:
        """Say what is set; never raises."""
        ...


Provider = PasswordProvider | RedirectProvider | HeaderProvider


class IdentityKind(Protocol):
    """Makes a provider of a table of the identity file: what a plugin gives as its entry point.

    The name of the entry point is the name of the table: ``[[ldap]]``. The mapping holds the table
    as written, with ``name`` and ``title`` always there, without ``groups`` (Coverslip reads those),
    and with every ``..._file`` made absolute.
    """

    def __call__(self, table: Mapping[str, Any]) -> Provider:
        """Make the provider; nothing is connected yet.

        Raises
        ------
        Misconfigured
            A key is wrong, missing or not known; a file is not there or open to everybody.
        """
        ...
