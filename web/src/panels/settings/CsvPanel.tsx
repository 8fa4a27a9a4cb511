import { Button } from '@mantine/core'
import { useRef, useState } from 'react'

import { type ImportReport, importMetadata } from '../../api/projects'
import { tableUrl } from '../../api/slides'
import { t } from '../../i18n'
import { writeField } from '../../model/list/fieldRules'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import style from './Settings.module.css'

/** Longer reports are read in a spreadsheet. */
const MOST_SHOWN = 100

interface Chosen {
  readonly name: string
  readonly csv: string
  readonly report: ImportReport
}

/** Fields as a table: out as CSV, in as CSV, and what would change is shown before anything does. */
export function CsvPanel({ projectId, onWritten }: { projectId: string; onWritten: () => void }) {
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState('')
  const chooser = useRef<HTMLInputElement>(null)

  const read = async (file: File): Promise<void> => {
    setBusy(true)
    setError(null)
    setSaid('')
    setChosen(null)
    try {
      const csv = await file.text()
      setChosen({ name: file.name, csv, report: await importMetadata(projectId, csv, true) })
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  const write = async (): Promise<void> => {
    if (chosen === null) return
    setBusy(true)
    setError(null)
    try {
      const report = await importMetadata(projectId, chosen.csv, false)
      setSaid(t('csv.written', { count: report.changed }))
      setChosen(null)
      onWritten()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <p className={style.text}>{t('csv.text')}</p>
      <div className={style.csvActions}>
        <Button variant="default" loading={busy && chosen === null} onClick={() => chooser.current?.click()}>
          {t(chosen === null ? 'csv.choose' : 'csv.again')}
        </Button>
        <Button
          component="a"
          href={tableUrl({ project_id: projectId })}
          download
          variant="default"
          leftSection={<Icon name="download" size={16} />}
        >
          {t('csv.export')}
        </Button>
        <input
          ref={chooser}
          type="file"
          accept=".csv,text/csv"
          hidden
          data-testid="csv"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0]
            event.currentTarget.value = ''
            if (file !== undefined) void read(file)
          }}
        />
      </div>
      <p role="status" className={style.good}>
        {said}
      </p>
      {error !== null && <ErrorNotice compact error={error} title={t('csv.failed')} />}
      {chosen !== null && (
        <>
          <Report name={chosen.name} report={chosen.report} />
          <div className={style.foot}>
            <Button disabled={chosen.report.changed === 0} loading={busy} onClick={() => void write()}>
              {chosen.report.changed === 0 ? t('csv.nothing') : t('csv.write', { count: chosen.report.changed })}
            </Button>
          </div>
        </>
      )}
    </>
  )
}

function Report({ name, report }: { name: string; report: ImportReport }) {
  const { rows, matched, changed, unmatched, changes } = report
  const facts = [
    t('csv.rows', { count: rows }),
    t('csv.matched', { count: matched }),
    t('csv.changed', { count: changed }),
    t('csv.unmatched', { count: unmatched.length }),
  ]
  return (
    <section className={style.report} aria-label={name}>
      <p className={style.text}>{t('csv.file', { name })}</p>
      <p className={style.counts}>{facts.join(' · ')}</p>
      {unmatched.length > 0 && (
        <>
          <h3 className={style.heading}>{t('csv.unmatchedTitle')}</h3>
          <ul className={style.files} aria-label={t('csv.unmatchedTitle')} tabIndex={0}>
            {unmatched.slice(0, MOST_SHOWN).map(({ row, key, reason }) => (
              <li key={`${row} ${key}`} className={style.file}>
                <span className={style.quiet}>{t('csv.row', { row })}</span>
                <span className={style.fileName}>{key}</span>
                <span className={style.none}>{reason}</span>
              </li>
            ))}
          </ul>
          <More of={unmatched.length} />
        </>
      )}
      {changes.length > 0 && (
        <>
          <h3 className={style.heading}>{t('csv.changesTitle')}</h3>
          <ul className={style.files} aria-label={t('csv.changesTitle')} tabIndex={0}>
            {changes.slice(0, MOST_SHOWN).map(({ row, slide_id: id, name: slide, values }) => (
              <li key={`${row} ${id}`} className={style.file}>
                <span className={style.quiet}>{t('csv.row', { row })}</span>
                <span className={style.fileName}>{slide}</span>
                <span className={style.values}>
                  {Object.entries(values).map(([key, value]) => (
                    <span key={key} className={style.value}>
                      <span className={style.quiet}>{key}</span> {writeField(value)}
                    </span>
                  ))}
                </span>
              </li>
            ))}
          </ul>
          <More of={changes.length} />
        </>
      )}
    </section>
  )
}

function More({ of }: { of: number }) {
  return of > MOST_SHOWN ? <p className={style.quiet}>{t('csv.more', { count: of - MOST_SHOWN })}</p> : null
}
