import { Button } from '@mantine/core'
import { useCallback } from 'react'

import { type Person, endSessionsOf, listSessionsOf, listTokensOf, revokeToken } from '../../api/people'
import { t } from '../../i18n'
import { SessionRow } from '../account/SessionsSection'
import { TokenList } from '../account/TokensSection'
import account from '../account/Account.module.css'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './People.module.css'

/** Where somebody is signed in, and what acts for them. */
export function PersonAccess({ person, onClose }: { person: Person; onClose: () => void }) {
  const { person_id: personId } = person
  const sessions = useLoaded(useCallback((signal: AbortSignal) => listSessionsOf(personId, signal), [personId]))
  const tokens = useLoaded(useCallback((signal: AbortSignal) => listTokensOf(personId, signal), [personId]))
  const { busy, error, run } = useTask()
  const failure = sessions.error ?? tokens.error ?? error
  return (
    <div className={style.question} role="group" aria-label={t('person.access')}>
      <h3 className={style.heading}>{t('sessions.title')}</h3>
      {failure !== null && <ErrorNotice compact error={failure} />}
      {sessions.value !== null && sessions.value.length > 0 ? (
        <>
          <ul className={account.list} aria-label={t('sessions.title')}>
            {sessions.value.map((one) => (
              <SessionRow key={one.session_id} one={one} busy={busy} onEnd={null} />
            ))}
          </ul>
          <Button variant="default" disabled={busy} onClick={() => run(() => endSessionsOf(personId), sessions.again)}>
            {t('person.endSessions')}
          </Button>
        </>
      ) : (
        <p className={form.quiet}>{t('person.noSessions')}</p>
      )}
      <h3 className={style.heading}>{t('tokens.title')}</h3>
      {tokens.value !== null && (
        <TokenList tokens={tokens.value} busy={busy} onRevoke={(one) => run(() => revokeToken(one.token_id), tokens.again)} />
      )}
      <div className={form.foot}>
        <Button variant="default" onClick={onClose}>
          {t('person.back')}
        </Button>
      </div>
    </div>
  )
}
