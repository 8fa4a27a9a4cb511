"""What identity says over HTTP about providers of accounts that are kept elsewhere."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from coverslip.features.identity.schemas import In, Out, Password, Plain, Role

Name = Annotated[Plain, StringConstraints(min_length=1, max_length=256)]


class GroupRuleOut(Out):
    """What being in a group there gives here."""

    external: str
    group: str | None
    role: Role | None


class ProviderOut(Out):
    """A provider; ``way`` is null and ``sentence`` says why while it does not work."""

    name: str
    title: str
    kind: str
    way: Literal["password", "redirect", "header"] | None
    sentence: str | None
    rules: list[GroupRuleOut]
    people: int


class ProvidersOut(Out):
    """All providers; ``sentence`` says why the identity file itself cannot be used."""

    configured: bool
    sentence: str | None
    items: list[ProviderOut]


class ProviderTestIn(In):
    """As whom to try, and with which password where that is to be tried too."""

    user_name: Name
    password: Password | None = None


class TestStepOut(Out):
    """One step of a test."""

    what: str
    outcome: Literal["passed", "failed", "noted"]
    detail: str


class ProviderTestOut(Out):
    """What was seen, in order."""

    steps: list[TestStepOut]
    passed: bool


class LinkAccountIn(In):
    """Which account elsewhere is the same person's: a provider and its key for them."""

    provider: Name
    key: Name
