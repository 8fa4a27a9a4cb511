import { useEffect, useRef } from 'react'

import type { AuditRecord } from '../../api/audit'
import { formatMoment, t } from '../../i18n'
import type { AuditList } from '../../model/audit'
import { useBox, useRows } from '../library/useRows'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useStore } from '../shell/useStore'
import style from './Audit.module.css'
import { objectOf, whoOf } from './words'

const ROW_PX = 48
const HEAD_PX = 40
/** From this width on a record is one line of a table; below it says who did what when, and the rest on demand. */
const WIDE_PX = 760
/** Below this width who and what stand under each other. */
const NARROW_PX = 520

interface Props {
  list: AuditList
  onShow: (record: AuditRecord) => void
}

/** Records, newest first; only the rows in sight are drawn, and more are read as somebody scrolls. */
export function AuditTable({ list, onShow }: Props) {
  const state = useStore(list.state)
  const whole = useRef<HTMLDivElement>(null)
  const box = useBox(whole)
  const { rows } = useRows(whole, Math.max(0, box.height - HEAD_PX), state.total, ROW_PX)
  const wide = box.width >= WIDE_PX
  const narrow = box.width < NARROW_PX
  useEffect(() => {
    if (rows.end > 0) list.reach(rows.end - 1)
  }, [list, rows.end, state.items.length])
  const places = Array.from({ length: rows.end - rows.first }, (_, at) => rows.first + at)
  return (
    <div className={style.records} aria-busy={state.pending}>
      {state.error !== null && (
        <ErrorNotice compact error={state.error} title={t('audit.failed')} onRetry={() => list.retry()} />
      )}
      {state.known && !state.pending && state.total === 0 && <p className={style.empty}>{t('audit.none')}</p>}
      {/* A box that scrolls must be reached by the keyboard; its rows hold buttons, but it may have none in sight. */}
      <div ref={whole} className={style.scroller} tabIndex={0} role="region" aria-label={t('audit.records')}>
        <table className={style.table} aria-rowcount={-1}>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" className={style.when}>
                {t('audit.at')}
              </th>
              {!narrow && (
                <th scope="col" className={style.who}>
                  {t('audit.who')}
                </th>
              )}
              <th scope="col">{t(narrow ? 'audit.whoAndWhat' : 'audit.what')}</th>
              {wide && (
                <>
                  <th scope="col">{t('audit.object')}</th>
                  <th scope="col" className={style.where}>
                    {t('audit.address')}
                  </th>
                  <th scope="col" className={style.how}>
                    {t('audit.outcome')}
                  </th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            <Space rows={rows.first} />
            {places.map((index) => {
              const record = state.items[index]
              return record === undefined ? (
                <tr key={`place-${index}`} aria-rowindex={index + 2}>
                  <td colSpan={wide ? 6 : narrow ? 2 : 3} className={style.quiet}>
                    {t('audit.reading')}
                  </td>
                </tr>
              ) : (
                <Row key={record.no} record={record} index={index} wide={wide} narrow={narrow} onShow={onShow} />
              )
            })}
            <Space rows={state.total - rows.end} />
          </tbody>
        </table>
      </div>
    </div>
  )
}

interface RowProps {
  record: AuditRecord
  index: number
  wide: boolean
  narrow: boolean
  onShow: (record: AuditRecord) => void
}

function Row({ record, index, wide, narrow, onShow }: RowProps) {
  const object = objectOf(record)
  return (
    <tr aria-rowindex={index + 2} data-outcome={record.outcome}>
      <td>
        <button
          type="button"
          className={style.moment}
          aria-label={`${t('audit.detailsOf', { no: String(record.no) })}, ${formatMoment(record.at)}`}
          onClick={() => onShow(record)}
        >
          {formatMoment(record.at)}
        </button>
      </td>
      {!narrow && <td title={record.principal ?? undefined}>{whoOf(record)}</td>}
      <td>
        {narrow && <div className={style.above}>{whoOf(record)}</div>}
        {record.kind !== null && !narrow && <span>{t(`audit.kind.${record.kind}`)} </span>}
        <code className={style.code}>{record.action}</code>
      </td>
      {wide && (
        <>
          <td title={object}>{object}</td>
          <td>{record.address}</td>
          <td className={style.outcome}>{t(`audit.outcome.${record.outcome}`)}</td>
        </>
      )}
    </tr>
  )
}

function Space({ rows }: { rows: number }) {
  return rows > 0 ? (
    <tr aria-hidden="true">
      <td style={{ height: rows * ROW_PX, padding: 0, border: 0 }} />
    </tr>
  ) : null
}
