import { Button } from '@mantine/core'

import { type MySession, endMySession, endOtherSessions, listMySessions } from '../../api/account'
import { formatMoment, t } from '../../i18n'
import { deviceOf } from '../../model/device'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './Account.module.css'
import { Section } from './Section'

/** Where I am signed in, and a way to end that. */
export function SessionsSection() {
  const { value: sessions, error, again } = useLoaded(listMySessions)
  const task = useTask()
  return (
    <Section title={t('sessions.title')} text={t('sessions.text')}>
      {error !== null && <ErrorNotice compact error={error} onRetry={again} />}
      {task.error !== null && <ErrorNotice compact error={task.error} title={t('sessions.failed')} />}
      {sessions !== null && (
        <ul className={style.list} aria-label={t('sessions.title')}>
          {sessions.map((one) => (
            <SessionRow
              key={one.session_id}
              one={one}
              busy={task.busy}
              onEnd={() => task.run(() => endMySession(one.session_id), again)}
            />
          ))}
        </ul>
      )}
      {sessions !== null && sessions.length > 1 && (
        <Button variant="default" disabled={task.busy} onClick={() => task.run(endOtherSessions, again)}>
          {t('sessions.endOthers')}
        </Button>
      )}
    </Section>
  )
}

/** One session: on what, from where, since when. */
export function SessionRow({ one, busy, onEnd }: { one: MySession; busy: boolean; onEnd: (() => void) | null }) {
  const device = one.agent === null ? t('sessions.unknown') : deviceOf(one.agent)
  const facts = [
    one.address === null ? null : t('sessions.from', { address: one.address }),
    t('sessions.since', { time: formatMoment(one.created_at) }),
    t('sessions.active', { time: formatMoment(one.last_active_at) }),
  ]
  return (
    <li className={style.row}>
      <span className={style.what}>
        <span className={style.name}>
          {device}
          {one.current && <span className={style.chip}>{t('sessions.this')}</span>}
        </span>
        <span className={style.facts}>{facts.filter((fact) => fact !== null).join(' · ')}</span>
      </span>
      {!one.current && onEnd !== null && (
        <Button variant="default" size="xs" disabled={busy} aria-label={t('sessions.endOf', { device })} onClick={onEnd}>
          {t('sessions.end')}
        </Button>
      )}
    </li>
  )
}
