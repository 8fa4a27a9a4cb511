import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { isAbort } from '../../api/problem'
import { type PatternPreview, applyPattern, previewPattern } from '../../api/projects'
import { t } from '../../i18n'
import { useCalm } from '../cases/useRules'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import inputs from '../shell/Input.module.css'
import { Labelled } from './RuleEditor'
import style from './Settings.module.css'

/** The preview follows the typing at this distance. */
const PAUSE_MS = 200
const EXAMPLE = '{case}_{block}_{stain}'
const PARTS = '{case} {part} {block} {stain} {label}'

interface Props {
  projectId: string
  saved: string | null
  onSave: (pattern: string | null) => Promise<void>
  onApplied: () => void
}

interface Seen {
  readonly pattern: string
  readonly preview: PatternPreview | null
  readonly error: unknown
}

/** How file names are read, shown at once on the real ones. */
export function PatternEditor({ projectId, saved, onSave, onApplied }: Props) {
  const [pattern, setPattern] = useState(saved ?? EXAMPLE)
  const [seen, setSeen] = useState<Seen | null>(null)
  const [overwrite, setOverwrite] = useState(false)
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState('')
  const [error, setError] = useState<unknown>(null)
  const calm = useCalm(pattern, PAUSE_MS)

  useEffect(() => {
    if (calm.trim() === '') return undefined
    const controller = new AbortController()
    previewPattern(projectId, calm, controller.signal).then(
      (preview) => setSeen({ pattern: calm, preview, error: null }),
      (failure: unknown) => {
        if (!isAbort(failure)) setSeen({ pattern: calm, preview: null, error: failure })
      },
    )
    return () => controller.abort()
  }, [projectId, calm])

  const current = seen?.pattern === pattern ? seen : null
  const run = (work: () => Promise<string>): void => {
    setBusy(true)
    setError(null)
    setSaid('')
    work()
      .then(setSaid, setError)
      .finally(() => setBusy(false))
  }
  const apply = async (): Promise<string> => {
    await onSave(pattern)
    const { changed } = await applyPattern(projectId, pattern, overwrite)
    onApplied()
    return t('pattern.applied', { count: changed })
  }
  const save = async (): Promise<string> => {
    await onSave(pattern)
    return t('pattern.saved')
  }
  const usable = (current?.preview ?? null) !== null && !busy
  return (
    <>
      <p className={style.text}>{t('pattern.text')}</p>
      <Labelled
        label={t('pattern.label')}
        problem={current === null || current.error === null ? null : sentence(current.error)}
      >
        {(shared) => (
          <input
            {...shared}
            className={inputs.input}
            data-look="code"
            value={pattern}
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setPattern(event.currentTarget.value)
              setSaid('')
            }}
          />
        )}
      </Labelled>
      <p className={style.quiet}>{t('pattern.known', { parts: PARTS })}</p>
      <Preview preview={current?.preview ?? null} waiting={current === null} />
      {error !== null && <ErrorNotice compact error={error} title={t('settings.notSaved')} />}
      <label className={style.check}>
        <input type="checkbox" checked={overwrite} onChange={(event) => setOverwrite(event.currentTarget.checked)} />
        {t('pattern.overwrite')}
      </label>
      <div className={style.foot}>
        <span role="status" className={style.good}>
          {said}
        </span>
        <Button variant="default" disabled={!usable} onClick={() => run(save)}>
          {t('pattern.save')}
        </Button>
        <Button disabled={!usable} loading={busy} onClick={() => run(apply)}>
          {t('pattern.apply')}
        </Button>
      </div>
    </>
  )
}

function Preview({ preview, waiting }: { preview: PatternPreview | null; waiting: boolean }) {
  return (
    <section className={style.preview} aria-label={t('pattern.preview')} aria-busy={waiting}>
      <p className={style.counts} role="status">
        {preview === null
          ? waiting && t('pattern.reading')
          : `${t('pattern.matched', { count: preview.matched })}, ${t('pattern.unmatched', { count: preview.unmatched })}`}
      </p>
      <ul className={style.files} aria-label={t('pattern.preview')} tabIndex={0}>
        {preview?.items.map(({ slide_id: id, file_name: file, values }) => (
          <li key={id} className={style.file} data-matched={values !== null}>
            <span className={style.fileName}>{file}</span>
            <span className={style.quiet} aria-hidden="true">
              →
            </span>
            <span className="cs-unseen">{t('pattern.arrow')}</span>
            {values === null ? (
              <span className={style.none}>{t('pattern.none')}</span>
            ) : (
              <span className={style.values}>
                {shown(values).map(([key, value]) => (
                  <span key={key} className={style.value}>
                    <span className={style.quiet}>{key}</span> {value}
                  </span>
                ))}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What a person reads off the name; the kind of a stain only follows from it. */
function shown(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values).filter(([key]) => key !== 'stain_kind')
}
