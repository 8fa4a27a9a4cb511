"""The exam for an identity provider: subclass it, say who may sign in, and pytest does the rest.

class TestAcme(IdentitySuite):
    user_name, password = "ada", "correct horse"

    @pytest.fixture
    def provider(self) -> PasswordProvider:
        return make({"name": "acme", "title": "Acme", "server": "127.0.0.1"})

The provider must be a real one, with a real account behind it.
"""

from typing import ClassVar

import pytest

from coverslip.ports.identity import (
    CannotLookUp,
    ExternalIdentity,
    PasswordProvider,
    ProviderError,
    RedirectProvider,
    Refused,
)

_NOBODY = "nobody-has-this-name"
_HOSTILE = (
    "", " ", "*", "*)(uid=*", ")(objectClass=*", "(|(uid=*))", "\\2a", "a\0b", "ada,ou=people", "#ada", "../ada",
    "a" * 10_000, "ada\n", "\u202eada", "'; DROP TABLE person; --", "{user_name}", "%s",
)  # fmt: skip


class IdentitySuite:
    """Tests that every provider passes which takes a password; see the module's docstring.

    Attributes
    ----------
    user_name, password : str
        Of somebody who may sign in.
    """

    user_name: ClassVar[str]
    password: ClassVar[str]

    @pytest.fixture
    def provider(self) -> PasswordProvider:
        """Give the provider under test."""
        raise NotImplementedError

    def test_it_says_who_it_is(self, provider: PasswordProvider) -> None:
        """Name and title are there, and it is what it says."""
        assert isinstance(provider, PasswordProvider)
        assert provider.way == "password"
        assert provider.name
        assert provider.title.strip()

    def test_the_right_password_lets_in(self, provider: PasswordProvider) -> None:
        """The identity is whole, and the same each time."""
        found = provider.complete(self.user_name, self.password)
        assert isinstance(found, ExternalIdentity)
        assert found.provider == provider.name
        assert found.user_name
        assert found.name
        assert 0 < len(found.key) <= 255
        assert found.key.casefold() != found.user_name.casefold(), "a key must outlive a change of name"
        assert provider.complete(self.user_name, self.password) == found

    @pytest.mark.parametrize("password", ["", "wrong", "\0", " ", "x" * 5000])
    def test_no_other_password_lets_in(self, provider: PasswordProvider, password: str) -> None:
        """Above all not the empty one, which many directories take for nobody in particular."""
        with pytest.raises(Refused):
            provider.complete(self.user_name, password)

    def test_nobody_is_refused(self, provider: PasswordProvider) -> None:
        """Somebody who is not there is no error of the provider."""
        with pytest.raises(Refused):
            provider.complete(_NOBODY, self.password)

    @pytest.mark.parametrize("user_name", _HOSTILE)
    def test_a_name_that_is_a_program_lets_nobody_in(self, provider: PasswordProvider, user_name: str) -> None:
        """A name is a name, whatever stands in it."""
        if user_name.strip() == self.user_name:
            return
        with pytest.raises(Refused):
            provider.complete(user_name, self.password)

    def test_it_knows_somebody_again_by_the_key(self, provider: PasswordProvider) -> None:
        """Without a password, unless it says that it cannot."""
        found = provider.complete(self.user_name, self.password)
        try:
            again = provider.look_up(found.key)
        except CannotLookUp:
            return
        assert again is not None
        assert (again.key, again.user_name, again.groups) == (found.key, found.user_name, found.groups)
        for key in ("no-such-key", "*", "", ")(objectClass=*"):
            assert provider.look_up(key) is None

    def test_it_explains_itself(self, provider: PasswordProvider) -> None:
        """Step by step, to the end for who is there, to the first failure for who is not; it never raises."""
        steps = list(provider.explain(self.user_name, self.password))
        assert [step.what for step in steps if step.outcome == "failed"] == []
        assert steps[-1].found is not None
        for user_name, password in ((_NOBODY, None), (self.user_name, "wrong"), ("*", "x")):
            failed = list(provider.explain(user_name, password))
            assert [step.outcome for step in failed].count("failed") == 1
            assert failed[-1].outcome == "failed"
            assert failed[-1].detail.endswith(".")
            assert all(step.found is None for step in failed)

    def test_it_says_no_password(self, provider: PasswordProvider) -> None:
        """Neither that of the person nor, as far as ``repr`` goes, that of a service account."""
        steps = list(provider.explain(self.user_name, self.password))
        assert not any(self.password in step.detail for step in steps)
        assert self.password not in repr(provider)


class RedirectSuite:
    """Tests that every provider passes which sends the browser away; give a ``provider`` that works."""

    redirect_uri: ClassVar[str] = "https://slides.example.org/api/v1/session/external/acme/callback"

    @pytest.fixture
    def provider(self) -> RedirectProvider:
        """Give the provider under test."""
        raise NotImplementedError

    def test_it_says_who_it_is(self, provider: RedirectProvider) -> None:
        """Name and title are there, and it is what it says."""
        assert isinstance(provider, RedirectProvider)
        assert provider.way == "redirect"
        assert provider.name
        assert provider.title.strip()

    def test_each_beginning_is_its_own(self, provider: RedirectProvider) -> None:
        """What is kept is not in the address, and never the same."""
        one, other = (provider.begin("/", self.redirect_uri) for _ in range(2))
        assert one.url.startswith(("https://", "http://"))
        assert one.url != other.url
        assert one.state_secret != other.state_secret
        assert one.state_secret not in one.url

    @pytest.mark.parametrize("params", [{}, {"code": "x"}, {"state": "x", "code": "x"}, {"error": "access_denied"}])
    def test_an_answer_that_was_not_asked_for_lets_nobody_in(
        self, provider: RedirectProvider, params: dict[str, str]
    ) -> None:
        """Forged, empty or declined."""
        kept = provider.begin("/", self.redirect_uri).state_secret
        with pytest.raises((Refused, ProviderError)):
            provider.complete(kept, params, self.redirect_uri)
