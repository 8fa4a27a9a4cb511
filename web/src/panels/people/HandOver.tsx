import { Button } from '@mantine/core'
import { useCallback, useState } from 'react'

import { type Owned, type Person, handOver, listOwned, listPeople } from '../../api/people'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Finder } from '../shell/Finder'
import form from '../shell/Form.module.css'
import { Icon } from '../shell/icons'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './People.module.css'

interface Props {
  person: Person
  onDone: (said: string) => void
  onClose: () => void
}

/** Give all that somebody owns to somebody else. */
export function HandOver({ person, onDone, onClose }: Props) {
  const { person_id: personId, name } = person
  const load = useCallback((signal: AbortSignal) => listOwned(personId, signal), [personId])
  const find = useCallback(
    async (q: string, signal: AbortSignal) =>
      (await listPeople({ q, state: 'active', limit: 8 }, signal)).items.filter((one) => one.person_id !== personId),
    [personId],
  )
  const { value: owned, error: failure, again } = useLoaded(load)
  const [to, setTo] = useState<Person | null>(null)
  const { busy, error, run } = useTask()
  const some = (owned ?? []).filter((one) => one.count > 0)
  return (
    <div className={style.question} role="group" aria-label={t('person.handOver')}>
      <h3 className={style.heading}>{t('handOver.title', { name })}</h3>
      {failure !== null && <ErrorNotice compact error={failure} onRetry={again} />}
      {owned !== null && <p className={form.text}>{some.length === 0 ? t('handOver.nothing') : wordsOf(some)}</p>}
      {to === null ? (
        <Finder
          label={t('handOver.to')}
          find={find}
          keyOf={(one) => one.person_id}
          face={(one) => (
            <>
              <Icon name="person" size={16} />
              {one.name}
              <span className={style.quiet}>{one.user_name}</span>
            </>
          )}
          onPick={setTo}
          autoFocus
        />
      ) : (
        <p className={form.note}>{t('handOver.sure', { from: name, to: to.name })}</p>
      )}
      {error !== null && <ErrorNotice compact error={error} title={t('handOver.failed')} />}
      <div className={form.foot}>
        <Button variant="default" onClick={onClose}>
          {t('fields.cancel')}
        </Button>
        {to !== null && (
          <Button
            loading={busy}
            onClick={() =>
              run(
                () => proved(() => handOver(personId, to.person_id)),
                (moved) => {
                  onDone(t('handOver.done', { what: wordsOf(moved.filter((one) => one.count > 0)), to: to.name }))
                  onClose()
                },
              )
            }
          >
            {t('person.handOver')}
          </Button>
        )}
      </div>
    </div>
  )
}

const KINDS = ['slide', 'case', 'project', 'saved_view', 'bookmark', 'preset', 'annotation', 'entry'] as const

/** "3 slides, 2 saved views"; what a newer server names is said as it names it. */
function wordsOf(owned: readonly Owned[]): string {
  if (owned.length === 0) return t('handOver.nothing')
  return owned
    .map(({ kind, count }) => {
      const known = KINDS.find((one) => one === kind)
      return known === undefined ? `${count} ${kind.replaceAll('_', ' ')}` : t(`handOver.kind.${known}`, { count })
    })
    .join(', ')
}
