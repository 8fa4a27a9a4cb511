import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { type People, type PeopleQuery, type Person, type PersonState, listPeople } from '../../api/people'
import { isAbort } from '../../api/problem'
import { formatDate, formatMoment, t } from '../../i18n'
import { useCalm } from '../cases/useRules'
import { ErrorNotice } from '../shell/ErrorNotice'
import input from '../shell/Input.module.css'
import rows from '../shell/Rows.module.css'
import form from '../shell/Form.module.css'
import { Chip } from './Chip'
import { InviteDialog } from './InviteDialog'
import style from './People.module.css'
import { PersonDialog } from './PersonDialog'

const STATES = ['active', 'pending', 'deactivated'] as const
const PAGE = 50

/** Everybody who has or had an account. */
export function PeoplePanel() {
  const [words, setWords] = useState('')
  const [state, setState] = useState<PersonState | ''>('')
  const [page, setPage] = useState<People | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [version, setVersion] = useState(0)
  const [waiting, setWaiting] = useState(0)
  const [opened, setOpened] = useState<string | null>(null)
  const [inviting, setInviting] = useState(false)
  const calm = useCalm(words.trim(), 200)

  useEffect(() => {
    const controller = new AbortController()
    const failed = (failure: unknown): void => {
      if (!isAbort(failure)) setError(failure)
    }
    listPeople(queryOf(calm, state), controller.signal).then((found) => {
      setPage(found)
      setError(null)
    }, failed)
    listPeople({ state: 'pending', limit: 1 }, controller.signal).then((found) => setWaiting(found.total), failed)
    return () => controller.abort()
  }, [calm, state, version])

  const more = (): void => {
    if (page === null || page.next_cursor === null) return
    listPeople({ ...queryOf(calm, state), cursor: page.next_cursor }).then(
      (next) => setPage({ ...next, items: [...page.items, ...next.items] }),
      setError,
    )
  }
  const again = (): void => setVersion((now) => now + 1)
  return (
    <>
      {waiting > 0 && state !== 'pending' && (
        <p className={form.note}>
          {t('people.waiting', { count: waiting })}{' '}
          <button type="button" className={form.way} onClick={() => setState('pending')}>
            {t('people.showWaiting')}
          </button>
        </p>
      )}
      <div className={style.bar}>
        <input
          className={input.input}
          type="search"
          value={words}
          maxLength={100}
          placeholder={t('people.search')}
          aria-label={t('people.search')}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <select
          className={input.input}
          aria-label={t('people.filter')}
          value={state}
          onChange={(event) => setState(STATES.find((one) => one === event.currentTarget.value) ?? '')}
        >
          <option value="">{t('people.all')}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t(`people.state.${one}`)}
            </option>
          ))}
        </select>
        <Button size="sm" onClick={() => setInviting(true)}>
          {t('people.add')}
        </Button>
      </div>
      {error !== null && <ErrorNotice compact error={error} title={t('people.failed')} onRetry={again} />}
      {page !== null && (
        <>
          <p className={style.total} role="status">
            {t('people.count', { count: page.total })}
          </p>
          {page.items.length === 0 ? (
            <p className={style.empty}>{t('people.none')}</p>
          ) : (
            <ul className={rows.rows} aria-label={t('people.section.people')}>
              {page.items.map((one) => (
                <Row key={one.person_id} person={one} onOpen={() => setOpened(one.person_id)} />
              ))}
            </ul>
          )}
          {page.next_cursor !== null && (
            <Button variant="default" onClick={more}>
              {t('people.more')}
            </Button>
          )}
        </>
      )}
      {opened !== null && <PersonDialog personId={opened} onChanged={again} onClose={() => setOpened(null)} />}
      {inviting && <InviteDialog onMade={again} onClose={() => setInviting(false)} />}
    </>
  )
}

function queryOf(words: string, state: PersonState | ''): PeopleQuery {
  return { limit: PAGE, ...(words === '' ? {} : { q: words }), ...(state === '' ? {} : { state }) }
}

function Row({ person, onOpen }: { person: Person; onOpen: () => void }) {
  const groups = person.groups.map((one) => one.name).join(', ')
  return (
    <li>
      <button type="button" className={style.person} onClick={onOpen}>
        <span className={style.who}>
          <span className={style.name}>{person.name}</span>
          <span className={style.quiet}>{[person.user_name, person.email].filter((fact) => fact !== null).join(' · ')}</span>
        </span>
        <span className={style.who}>
          <span className={style.chips}>
            {person.state !== 'active' && (
              <Chip tone={person.state === 'pending' ? 'warn' : 'quiet'}>{t(`people.state.${person.state}`)}</Chip>
            )}
            {person.organisation_role !== null && <Chip>{t(`role.organisation.${person.organisation_role}`)}</Chip>}
            {person.second_factor && <Chip tone="quiet">{t('people.factor')}</Chip>}
          </span>
          {groups !== '' && <span className={style.quiet}>{groups}</span>}
        </span>
        <span className={style.seen}>
          {person.last_seen_at === null
            ? t('people.neverSeen', { date: formatDate(person.created_at) })
            : t('people.seen', { time: formatMoment(person.last_seen_at) })}
        </span>
      </button>
    </li>
  )
}
