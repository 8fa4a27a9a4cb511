"""Who is disabled elsewhere is out here: people with an open session or a token are looked up again and again."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from coverslip.core.time import utc_now
from coverslip.features.identity import external, providers, sessions, store_external
from coverslip.features.identity.models import ExternalAccountRecord
from coverslip.infra.runtime import Runtime
from coverslip.ports.identity import CannotLookUp, ExternalIdentity, HeaderProvider, ProviderError

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=15)
LOOK_EVERY_S: Final = 60.0
_AT_ONCE: Final = 500


def chores(runtime: Runtime) -> Sequence[tuple[float, Callable[[], object]]]:
    """Return what one process must do for all, with the seconds between; say what is broken at once."""
    providers.note_broken(runtime.settings)
    return ((sessions.SWEEP_EVERY_S, lambda: sessions.sweep(runtime.db)), (LOOK_EVERY_S, Recheck(runtime).run))


class Recheck:
    """Looks people up; it remembers of which providers it has said that they do not answer."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._silent: set[str] = set()

    def run(self, now: datetime | None = None) -> None:
        """Look at everybody who was not looked at for 15 minutes."""
        at = now or utc_now()
        with self._runtime.db.read() as session:
            due = store_external.due(session, before=at - EVERY, now=at, limit=_AT_ONCE)
        due.sort(key=lambda account: account.provider)
        for name, accounts in groupby(due, lambda account: account.provider):
            self._provider(name, list(accounts), at)

    def _provider(self, name: str, accounts: list[ExternalAccountRecord], now: datetime) -> None:
        """Look up people of one provider; the first time that it does not answer ends it for now."""
        for account in accounts:
            try:
                seen = self._look_up(name, account)
            except CannotLookUp:
                continue  # there is nothing to ask with: the limits of a session are all there is
            except ProviderError as error:
                self._unanswered(name, error.sentence, accounts, now)
                return
            self._silent.discard(name)
            self._seen(account, seen, now)

    def _look_up(self, name: str, account: ExternalAccountRecord) -> ExternalIdentity | None:
        configured = providers.configured(self._runtime.settings).named(name)
        if configured is None:
            raise ProviderError(f'There is no provider "{name}" in COVERSLIP_IDENTITY_FILE any more.')
        if configured.provider is None:
            raise ProviderError(configured.sentence or "The provider is not set up.")
        if isinstance(configured.provider, HeaderProvider):
            raise CannotLookUp
        return configured.provider.look_up(account.key, external.refresh_of(account, self._runtime.hmac_key))

    def _seen(self, account: ExternalAccountRecord, seen: ExternalIdentity | None, now: datetime) -> None:
        with self._runtime.db.transaction() as session:
            current = store_external.by_key(session, account.provider, account.key)
            if current is None:
                return  # unlinked meanwhile
            if seen is None:
                external.shut_out(session, current, "gone", now)
            else:
                external.admit(session, self._runtime, seen, now=now)

    def _unanswered(self, name: str, sentence: str, accounts: list[ExternalAccountRecord], now: datetime) -> None:
        if name not in self._silent:
            self._silent.add(name)
            hours = self._runtime.settings.external_grace / 3600
            logger.warning("%s Its people stay signed in for up to %g hours without being looked up.", sentence, hours)
        patience = timedelta(seconds=self._runtime.settings.external_grace)
        for account in accounts:
            if account.gone_at is None and account.checked_at <= now - patience:
                with self._runtime.db.transaction() as session:
                    current = store_external.by_key(session, account.provider, account.key)
                    if current is not None and current.checked_at == account.checked_at:
                        external.shut_out(session, current, "unreachable", now)
