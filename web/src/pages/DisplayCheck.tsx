import { Button } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'

import { addDisplayCheck, listDisplayChecks, type LoggedCheck } from '../api/person'
import { isAbort } from '../api/problem'
import { formatMoment, formatPercent, t } from '../i18n'
import { colourPatches, greySteps, nearBlack, nearWhite, type Patch } from '../model/displayCheck'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Footer } from '../panels/shell/Footer'
import { Link } from '../panels/shell/Link'
import { useApp } from '../panels/shell/useApp'
import { useTitle } from '../panels/shell/useTitle'
import style from './DisplayCheck.module.css'

const NAME = 'coverslip.workstation'
const PARTS = [
  { name: 'grey', patches: greySteps() },
  { name: 'dark', patches: nearBlack() },
  { name: 'light', patches: nearWhite() },
  { name: 'colour', patches: colourPatches() },
] as const

/** Does this screen show what slides need? Looked at by a person, logged for the workstation. */
export function DisplayCheck() {
  const app = useApp()
  useTitle(t('check.title'))
  return (
    <div className={style.page}>
      <main className={style.main}>
        <Link href="/" className={style.back}>
          {t('check.back')}
        </Link>
        <h1>{t('check.title')}</h1>
        <p>{t('check.intro')}</p>
        {PARTS.map(({ name, patches }) => (
          <section key={name} className={style.part}>
            <h2>{t(`check.${name}`)}</h2>
            <p>{t(`check.${name}Look`)}</p>
            <Patches name={t(`check.${name}`)} patches={patches} />
          </section>
        ))}
        <Result />
      </main>
      <Footer app={app} />
    </div>
  )
}

const SIDE = 60

function Patches({ name, patches }: { name: string; patches: readonly Patch[] }) {
  return (
    <ul className={style.patches} aria-label={name}>
      {patches.map(({ colour, around, percent }) => (
        <li key={colour}>
          <svg viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true" shapeRendering="crispEdges" data-colour={colour}>
            <rect width={SIDE} height={SIDE} fill={around ?? colour} />
            {around !== undefined && <rect x={SIDE / 3} y={SIDE / 3} width={SIDE / 3} height={SIDE / 3} fill={colour} />}
          </svg>
          {percent !== undefined && <span>{formatPercent(percent / 100)}</span>}
        </li>
      ))}
    </ul>
  )
}

function workstationHere(): string {
  try {
    return window.localStorage.getItem(NAME) ?? ''
  } catch {
    return ''
  }
}

function Result() {
  const [workstation, setWorkstation] = useState(workstationHere)
  const [note, setNote] = useState('')
  const [said, setSaid] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [checks, setChecks] = useState<readonly LoggedCheck[]>([])
  const read = useCallback((signal?: AbortSignal) => {
    listDisplayChecks(signal).then(setChecks, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
  }, [])
  useEffect(() => {
    const controller = new AbortController()
    read(controller.signal)
    return () => controller.abort()
  }, [read])

  const log = (passed: boolean): void => {
    const name = workstation.trim()
    setError(null)
    if (name === '') {
      setSaid(t('check.needsName'))
      return
    }
    try {
      window.localStorage.setItem(NAME, name)
    } catch {
      // Then it is asked again next time.
    }
    addDisplayCheck({ workstation: name, result: { passed, note: note.trim() } }).then(() => {
      setSaid(t('check.saved', { workstation: name }))
      read()
    }, setError)
  }
  return (
    <section className={style.part}>
      <h2>{t('check.result')}</h2>
      <div className={style.form}>
        <label>
          {t('check.workstation')}
          <input value={workstation} maxLength={100} autoComplete="off" onChange={(event) => setWorkstation(event.currentTarget.value)} />
        </label>
        <label>
          {t('check.note')}
          <input value={note} maxLength={500} autoComplete="off" onChange={(event) => setNote(event.currentTarget.value)} />
        </label>
        <div className={style.buttons}>
          <Button onClick={() => log(true)}>{t('check.passed')}</Button>
          <Button variant="default" onClick={() => log(false)}>
            {t('check.failed')}
          </Button>
        </div>
        <p role="status">{said}</p>
        {error !== null && <ErrorNotice compact error={error} title={t('check.saveFailed')} />}
      </div>
      <h2>{t('check.history')}</h2>
      {checks.length === 0 && <p>{t('check.none')}</p>}
      <ul className={style.history}>
        {checks.map((check) => (
          <li key={check.check_id}>
            {formatMoment(check.created_at)} · {check.workstation} · {check.author} ·{' '}
            <strong>{t(check.result.passed ? 'check.outcome.passed' : 'check.outcome.failed')}</strong>
            {check.result.note !== '' && ` · ${check.result.note}`}
          </li>
        ))}
      </ul>
    </section>
  )
}
