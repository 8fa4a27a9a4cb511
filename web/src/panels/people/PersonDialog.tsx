import { useCallback, useState } from 'react'

import { type Person, getPerson } from '../../api/people'
import { formatDate, formatMoment, t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useLoaded } from '../shell/useLoaded'
import { Chip } from './Chip'
import style from './People.module.css'
import { PersonActions } from './PersonActions'
import { PersonForm } from './PersonForm'

interface Props {
  personId: string
  onChanged: () => void
  onClose: () => void
}

/** One account: what is known of it, what can be changed, what can be done. */
export function PersonDialog({ personId, onChanged, onClose }: Props) {
  const load = useCallback((signal: AbortSignal) => getPerson(personId, signal), [personId])
  const { value: person, error, again, set } = useLoaded(load)
  const [said, setSaid] = useState('')
  const changed = (text: string, newer?: Person): void => {
    setSaid(text)
    if (newer === undefined) again()
    else set(newer)
    onChanged()
  }
  return (
    <Dialog title={person?.name ?? t('app.loading')} onClose={onClose}>
      {error !== null && <ErrorNotice compact error={error} onRetry={again} />}
      {person !== null && (
        <div className={style.dialog}>
          <Facts person={person} />
          {person.state === 'pending' ? (
            <p className={form.note}>{person.note === null ? t('person.asks') : t('person.asksNote', { note: person.note })}</p>
          ) : (
            <PersonForm person={person} onChanged={changed} />
          )}
          <p className={form.good} role="status">
            {said}
          </p>
          <PersonActions person={person} onChanged={changed} onGone={onClose} />
        </div>
      )}
    </Dialog>
  )
}

function Facts({ person }: { person: Person }) {
  return (
    <>
      <div className={style.chips}>
        <Chip tone={person.state === 'active' ? 'quiet' : person.state === 'pending' ? 'warn' : 'bad'}>
          {t(`people.state.${person.state}`)}
        </Chip>
        <Chip tone="quiet">{t(person.source === 'local' ? 'person.local' : 'person.external', { source: person.source })}</Chip>
        <Chip tone={person.second_factor ? 'quiet' : 'warn'}>{t(person.second_factor ? 'people.factor' : 'person.noFactor')}</Chip>
        {!person.password && person.source === 'local' && <Chip tone="warn">{t('person.noPassword')}</Chip>}
      </div>
      <dl className={style.facts}>
        <dt>{t('signIn.userName')}</dt>
        <dd>{person.user_name}</dd>
        {person.email !== null && (
          <>
            <dt>{t('account.email')}</dt>
            <dd>{person.email}</dd>
          </>
        )}
        <dt>{t('person.since')}</dt>
        <dd>{formatDate(person.created_at)}</dd>
        <dt>{t('person.seen')}</dt>
        <dd>{person.last_seen_at === null ? t('person.never') : formatMoment(person.last_seen_at)}</dd>
      </dl>
    </>
  )
}
