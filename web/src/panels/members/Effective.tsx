import { Button } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'

import {
  type EffectivePage,
  type Explanation,
  type Scope,
  type Subject,
  explain,
  findSubjects,
  listEffective,
} from '../../api/members'
import { isAbort } from '../../api/problem'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Finder } from '../shell/Finder'
import form from '../shell/Form.module.css'
import { Icon } from '../shell/icons'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './Members.module.css'
import { SubjectFace, rightsText } from './SubjectFace'

interface Props {
  scope: Scope
  /** Whom the question is about. */
  asked: Subject | null
  onAsk: (subject: Subject | null) => void
}

/** Who really gets in, and why, in words. */
export function Effective({ scope, asked, onAsk }: Props) {
  const { kind, id } = scope
  const find = useCallback(
    async (q: string, signal: AbortSignal) =>
      (await findSubjects({ kind, id }, q, signal)).filter((one) => one.kind === 'person'),
    [kind, id],
  )
  return (
    <>
      <Finder
        label={t('members.whyFind')}
        find={find}
        keyOf={(one) => one.subject_id}
        face={(one) => <SubjectFace subject={one} />}
        onPick={onAsk}
        autoFocus
      />
      {asked === null ? (
        <Everybody scope={scope} onAsk={onAsk} />
      ) : (
        <Why key={asked.subject_id} scope={scope} subject={asked} onBack={() => onAsk(null)} />
      )}
    </>
  )
}

function Everybody({ scope, onAsk }: { scope: Scope; onAsk: (subject: Subject) => void }) {
  const { kind, id } = scope
  const load = useCallback((signal: AbortSignal) => listEffective({ kind, id }, null, signal), [kind, id])
  const { value: page, error, again, set } = useLoaded<EffectivePage>(load)
  const task = useTask()
  const more = (): void => {
    if (page === null) return
    task.run(
      () => listEffective(scope, page.next_cursor),
      (next) => set({ ...next, items: [...page.items, ...next.items] }),
    )
  }
  return (
    <>
      {(error ?? task.error) !== null && <ErrorNotice compact error={error ?? task.error} title={t('members.failed')} onRetry={again} />}
      {page !== null && (
        <>
          {page.everybody !== null && (
            <p className={form.note}>{t('members.everybody', { role: t(`role.${page.everybody}`) })}</p>
          )}
          {page.items.length === 0 ? (
            <p className={form.quiet}>{t('members.nobodyIn')}</p>
          ) : (
            <ul className={style.entries} aria-label={t('members.section.effective')}>
              {page.items.map((one) => (
                <li key={one.subject.subject_id} className={style.entry}>
                  <div className={style.row}>
                    <SubjectFace subject={one.subject} />
                    <span className={style.may}>
                      <span className={style.role}>{t(`role.${one.role}`)}</span>
                      <span className={style.quiet}>
                        {[one.rights.length === 0 ? null : rightsText(one.rights), one.explained].filter((fact) => fact !== null).join(' · ')}
                      </span>
                    </span>
                    <span className={style.buttons}>
                      <Button
                        variant="subtle"
                        color="gray"
                        size="xs"
                        aria-label={t('members.whyOf', { name: one.subject.name })}
                        onClick={() => onAsk(one.subject)}
                      >
                        {t('members.why')}
                      </Button>
                    </span>
                  </div>
                </li>
              ))}
            </ul>
          )}
          <p className={form.quiet}>{t('members.administrators')}</p>
          {page.next_cursor !== null && (
            <Button variant="default" disabled={task.busy} onClick={more}>
              {t('people.more')}
            </Button>
          )}
        </>
      )}
    </>
  )
}

/** The answer to "Why can this person see this?", step by step. */
function Why({ scope, subject, onBack }: { scope: Scope; subject: Subject; onBack: () => void }) {
  const { kind, id } = scope
  const [said, setSaid] = useState<Explanation | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const controller = new AbortController()
    explain({ kind, id }, subject.subject_id, controller.signal).then(setSaid, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [kind, id, subject.subject_id])
  return (
    <section className={style.why} aria-label={t('members.whyTitle', { name: subject.name })}>
      <h3 className={style.heading}>{t('members.whyTitle', { name: subject.name })}</h3>
      {error !== null && <ErrorNotice compact error={error} title={t('members.failed')} />}
      {said !== null && (
        <>
          <p className={style.summary} data-in={said.role !== null}>
            {said.summary}
          </p>
          <ol className={style.steps}>
            {said.steps.map((step, index) => (
              <li key={index} data-decides={step.decides}>
                <span className={style.mark}>{step.decides && <Icon name="check" size={14} />}</span>
                <span>
                  {step.text}
                  {step.decides && <span className="cs-unseen"> {t('members.decides')}</span>}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
      <div className={form.buttons}>
        <Button variant="default" onClick={onBack}>
          {t('members.all')}
        </Button>
      </div>
    </section>
  )
}
