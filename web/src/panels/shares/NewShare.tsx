import { Button } from '@mantine/core'
import { type SyntheticEvent, useEffect, useState } from 'react'

import { type ShareMade, type ShareWarning, checkShare, makeShare } from '../../api/shares'
import { t } from '../../i18n'
import { FRESH, type ShareStart, type ShareTarget, bodyOf, problemOf } from '../../model/shares'
import { proved } from '../account/proof'
import { useCalm } from '../cases/useRules'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import { ShareFields, showProblem } from './ShareFields'
import style from './Shares.module.css'

const CALM_MS = 600

interface Props {
  target: ShareTarget
  targets: readonly ShareTarget[]
  startOf: (() => ShareStart) | undefined
  onTarget: (target: ShareTarget) => void
  onMade: (made: ShareMade, password: string | null) => void
}

/** A new link: for whom, until when, and what they see. */
export function NewShare({ target, targets, startOf, onTarget, onMade }: Props) {
  const [draft, setDraft] = useState(FRESH)
  /** What is wrong is said once somebody tried, not while they type. */
  const [tried, setTried] = useState(false)
  const { busy, error, run } = useTask()
  const warnings = useWarnings(target, draft.note, draft.recipient, draft.identity)
  const problem = problemOf(draft, false)
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault()
    setTried(true)
    if (problem !== null) {
      showProblem(event.currentTarget)
      return
    }
    const body = bodyOf(draft, target, startOf?.() ?? null)
    run(
      () => proved(() => makeShare(body)),
      (made) => onMade(made, draft.protect ? draft.password : null),
    )
  }
  return (
    <form className={style.form} onSubmit={submit} noValidate>
      <p className={form.text}>{t('shares.text')}</p>
      {targets.length > 1 && (
        <fieldset className={style.choices}>
          <legend>{t('shares.what')}</legend>
          {targets.map((one) => (
            <label key={one.id} className={form.check}>
              <input type="radio" name="share-what" checked={one.id === target.id} onChange={() => onTarget(one)} />
              <span className={style.words}>{t(`shares.what.${one.kind}`, { name: one.name })}</span>
            </label>
          ))}
        </fieldset>
      )}
      <ShareFields draft={draft} share={null} problem={tried ? problem : null} onChange={setDraft} />
      <Warnings warnings={warnings} />
      {error !== null && <ErrorNotice compact error={error} title={t('shares.failed')} />}
      <div className={form.foot}>
        <Button type="submit" loading={busy}>
          {t('shares.make')}
        </Button>
      </div>
    </form>
  )
}

/** Free text that might name somebody, before anything is sent. */
function Warnings({ warnings }: { warnings: readonly ShareWarning[] }) {
  return (
    <div role="status">
      {warnings.length > 0 && (
        <div className={form.warning}>
          <p className={style.warningTitle}>{t('shares.warnings', { count: warnings.length })}</p>
          <ul className={style.warnings}>
            {warnings.map(({ where, text, why }) => (
              <li key={`${where} ${text} ${why}`}>
                {t(`shares.where.${where}`, { text, why })}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

const NONE: readonly ShareWarning[] = []

/** What the server finds in the words, once nobody types any more. */
function useWarnings({ kind, id }: ShareTarget, note: string, recipient: string, identity: boolean): readonly ShareWarning[] {
  const [found, setFound] = useState(NONE)
  const calm = useCalm(JSON.stringify([note, recipient]), CALM_MS)
  useEffect(() => {
    const [said = '', whom = ''] = JSON.parse(calm) as string[]
    const controller = new AbortController()
    // A convenience: without it a link can still be made.
    checkShare({ kind, object_id: id, note: said, recipient: whom, identity }, controller.signal).then(setFound, () => undefined)
    return () => controller.abort()
  }, [kind, id, identity, calm])
  return found
}
