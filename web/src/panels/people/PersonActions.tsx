import { Button } from '@mantine/core'
import { useState } from 'react'

import {
  type AccountLink,
  type Person,
  activatePerson,
  approvePerson,
  deactivatePerson,
  dropSecondFactor,
  makeResetLink,
  refusePerson,
} from '../../api/people'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useSession } from '../shell/session'
import { useTask } from '../shell/useTask'
import { HandOver } from './HandOver'
import { LinkAccount } from './LinkAccount'
import { LinkShown } from './LinkShown'
import style from './People.module.css'
import { PersonAccess } from './PersonAccess'

interface Props {
  person: Person
  onChanged: (said: string, newer?: Person) => void
  /** The account is no more. */
  onGone: () => void
}

type Asked = 'deactivate' | 'dropFactor' | 'refuse'

/** What an administrator does with an account. */
export function PersonActions({ person, onChanged, onGone }: Props) {
  const { viewer } = useSession()
  const [asked, setAsked] = useState<Asked | null>(null)
  const [shown, setShown] = useState<'handOver' | 'access' | 'link' | null>(null)
  const [link, setLink] = useState<AccountLink | null>(null)
  const { busy, error, run } = useTask()
  const { person_id: personId, name } = person
  const me = personId === viewer.person_id
  const act = (work: () => Promise<Person | undefined>, said: string): void =>
    run(
      () => proved(work),
      (newer) => {
        setAsked(null)
        onChanged(said, newer)
      },
    )
  const answers: Record<Asked, () => void> = {
    deactivate: () => act(() => deactivatePerson(personId), t('person.deactivated')),
    dropFactor: () => act(() => dropSecondFactor(personId).then(() => undefined), t('person.factorDropped')),
    refuse: () =>
      run(
        () => proved(() => refusePerson(personId)),
        () => {
          onChanged('')
          onGone()
        },
      ),
  }
  if (link !== null) return <LinkShown link={link} onDone={() => setLink(null)} />
  if (shown === 'handOver')
    return <HandOver person={person} onDone={(said) => onChanged(said)} onClose={() => setShown(null)} />
  if (shown === 'link')
    return <LinkAccount person={person} onDone={onChanged} onClose={() => setShown(null)} />
  if (shown === 'access') return <PersonAccess person={person} onClose={() => setShown(null)} />
  return (
    <>
      {error !== null && <ErrorNotice compact error={error} title={t('person.failed')} />}
      {asked === null ? (
        <div className={style.actions}>
          {person.state === 'pending' && (
            <>
              <Button loading={busy} onClick={() => act(() => approvePerson(personId), t('person.approved'))}>
                {t('person.approve')}
              </Button>
              <Button variant="default" onClick={() => setAsked('refuse')}>
                {t('person.refuse')}
              </Button>
            </>
          )}
          {person.state === 'active' && person.source === 'local' && (
            <Button variant="default" disabled={busy} onClick={() => run(() => proved(() => makeResetLink(personId, false)), setLink)}>
              {t('person.reset')}
            </Button>
          )}
          {person.state === 'active' && person.source === 'local' && (
            <Button variant="default" onClick={() => setShown('link')}>
              {t('linkAccount.open')}
            </Button>
          )}
          {person.second_factor && (
            <Button variant="default" onClick={() => setAsked('dropFactor')}>
              {t('person.dropFactor')}
            </Button>
          )}
          {person.state !== 'pending' && (
            <>
              <Button variant="default" onClick={() => setShown('access')}>
                {t('person.access')}
              </Button>
              <Button variant="default" onClick={() => setShown('handOver')}>
                {t('person.handOver')}
              </Button>
            </>
          )}
          {person.state === 'active' && !me && (
            <Button variant="default" onClick={() => setAsked('deactivate')}>
              {t('person.deactivate')}
            </Button>
          )}
          {person.state === 'deactivated' && (
            <Button loading={busy} onClick={() => act(() => activatePerson(personId), t('person.activated'))}>
              {t('person.activate')}
            </Button>
          )}
        </div>
      ) : (
        <div className={style.question} role="alertdialog" aria-label={t(`person.${asked}`)}>
          <p className={form.text}>{t(`person.${asked}Sure`, { name })}</p>
          <div className={form.foot}>
            <Button variant="default" autoFocus onClick={() => setAsked(null)}>
              {t('fields.cancel')}
            </Button>
            <Button className={form.danger} loading={busy} onClick={answers[asked]}>
              {t(`person.${asked}`)}
            </Button>
          </div>
        </div>
      )}
    </>
  )
}
