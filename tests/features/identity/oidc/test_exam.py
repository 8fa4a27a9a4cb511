"""OpenID Connect passes the exam that every provider passes."""

import pytest
from tests.features.identity.oidc.clinic import provider
from tests.support.issuers import Issuer

from coverslip.ports.identity import RedirectProvider
from coverslip.testing.identity_suite import RedirectSuite


class TestOidc(RedirectSuite):
    @pytest.fixture
    def provider(self, issuer: Issuer) -> RedirectProvider:
        return provider(issuer)
