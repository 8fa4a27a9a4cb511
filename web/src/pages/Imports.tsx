import { Button } from '@mantine/core'
import { useState } from 'react'

import type { ArrivalState } from '../api/uploads'
import { formatCount, t } from '../i18n'
import { ArrivalRow } from '../panels/imports/ArrivalRow'
import style from '../panels/imports/Arrivals.module.css'
import { FilePicker } from '../panels/imports/FilePicker'
import { FolderRules } from '../panels/imports/FolderRules'
import { useArrivals } from '../panels/imports/useArrivals'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Footer } from '../panels/shell/Footer'
import { PageHeader } from '../panels/shell/PageHeader'
import rows from '../panels/shell/Rows.module.css'
import { Tabs, panelOf } from '../panels/shell/Tabs'
import { useSession } from '../panels/shell/session'
import { useApp } from '../panels/shell/useApp'
import { useTitle } from '../panels/shell/useTitle'

const STATES: readonly ArrivalState[] = ['receiving', 'waiting', 'working', 'done', 'failed', 'duplicate']

const SECTIONS = ['arrivals', 'rules'] as const
type Section = (typeof SECTIONS)[number]

/** What arrived and why not; for administrators also what becomes of slides by their folder. */
export function Imports() {
  const [section, setSection] = useState<Section>('arrivals')
  const app = useApp()
  const { viewer } = useSession()
  useTitle(t('imports.page'))
  return (
    <div className={style.page}>
      <PageHeader back={t('imports.back')} />
      <main className={style.main}>
        <div className={style.inner}>
          <h1 className={style.title}>{t('imports.page')}</h1>
          {viewer.is_admin ? (
            <>
              <Tabs
                id="imports"
                label={t('imports.page')}
                names={SECTIONS}
                chosen={section}
                textOf={(name) => t(`imports.section.${name}`)}
                onChoose={setSection}
              />
              <div {...panelOf('imports', section)}>{section === 'rules' ? <FolderRules /> : <Arrivals />}</div>
            </>
          ) : (
            <Arrivals />
          )}
        </div>
      </main>
      <Footer app={app} />
    </div>
  )
}

/** What arrived, what waits, what failed and why. */
function Arrivals() {
  const [state, setState] = useState<ArrivalState | null>(null)
  const { page, error, retryError, more, retry } = useArrivals(state)
  const counts = page?.counts ?? {}
  const all = STATES.reduce((sum, one) => sum + (counts[one] ?? 0), 0)
  return (
    <>
      <p className={style.quiet}>{t('imports.text')}</p>
      <FilePicker />
      <div className={style.filters} role="group" aria-label={t('imports.filter')}>
        <Filter label={t('imports.all')} count={all} on={state === null} onClick={() => setState(null)} />
        {STATES.filter((one) => (counts[one] ?? 0) > 0 || one === state).map((one) => (
          <Filter
            key={one}
            label={t(`imports.state.${one}`)}
            count={counts[one] ?? 0}
            on={state === one}
            onClick={() => setState(one)}
          />
        ))}
      </div>
      {error !== null && <ErrorNotice compact error={error} title={t('imports.failed')} />}
      {retryError !== null && <ErrorNotice compact error={retryError} title={t('imports.retryFailed')} />}
      {page !== null && page.items.length === 0 && (
        <p className={style.empty}>{state === null ? t('imports.none') : t('imports.noneHere')}</p>
      )}
      {page !== null && page.items.length > 0 && (
        <ul className={rows.rows} aria-label={t('imports.list')}>
          {page.items.map((arrival) => (
            <ArrivalRow key={arrival.arrival_id} arrival={arrival} onRetry={(keep) => retry(arrival, keep)} />
          ))}
        </ul>
      )}
      {page !== null && page.next !== null && (
        <Button variant="default" mt={12} onClick={more}>
          {t('imports.more')}
        </Button>
      )}
    </>
  )
}

interface FilterProps {
  label: string
  count: number
  on: boolean
  onClick: () => void
}

function Filter({ label, count, on, onClick }: FilterProps) {
  return (
    <button type="button" className={style.filter} aria-pressed={on} onClick={onClick}>
      {label} {formatCount(count)}
    </button>
  )
}
