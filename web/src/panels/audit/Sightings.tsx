import { useEffect, useState } from 'react'

import { type AuditSelection, type Sighting, listSightings } from '../../api/audit'
import { isAbort } from '../../api/problem'
import { formatCount, formatMoment, t } from '../../i18n'
import { auditPath } from '../../model/audit'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Link } from '../shell/Link'
import style from './Audit.module.css'

interface Found {
  readonly selection: AuditSelection
  readonly items: readonly Sighting[]
  readonly objects: number
}

/** Who saw the object, what it holds included, with the first and the last time. */
export function Sightings({ selection }: { selection: AuditSelection }) {
  const [found, setFound] = useState<Found | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const controller = new AbortController()
    listSightings(selection, controller.signal).then(
      ({ items, objects }) => {
        setFound({ selection, items, objects })
        setError(null)
      },
      (failure: unknown) => {
        if (!isAbort(failure)) setError(failure)
      },
    )
    return () => controller.abort()
  }, [selection, attempt])
  if (error !== null) {
    return <ErrorNotice compact error={error} title={t('audit.failed')} onRetry={() => setAttempt(attempt + 1)} />
  }
  if (found === null || found.selection !== selection) return <p className={style.empty}>{t('audit.reading')}</p>
  if (found.objects === 0) return <p className={style.empty}>{t('audit.noSuch')}</p>
  if (found.items.length === 0) return <p className={style.empty}>{t('audit.nobody')}</p>
  return (
    <div className={style.scroller} tabIndex={0} role="region" aria-label={t('audit.people')}>
      <table className={style.table}>
        <thead>
          <tr>
            <th scope="col">{t('audit.who')}</th>
            <th scope="col">{t('audit.first')}</th>
            <th scope="col">{t('audit.last')}</th>
            <th scope="col" className={style.number}>
              {t('audit.count')}
            </th>
            <th scope="col" className={style.number}>
              {t('audit.objects')}
            </th>
          </tr>
        </thead>
        <tbody>
          {found.items.map((one) => (
            <tr key={[one.principal, one.share_id, one.token_id].join()}>
              <td>
                <Who one={one} selection={selection} />
              </td>
              <td>{formatMoment(one.first_at)}</td>
              <td>{formatMoment(one.last_at)}</td>
              <td className={style.number}>{formatCount(one.records)}</td>
              <td className={style.number}>{formatCount(one.objects)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Who({ one, selection }: { one: Sighting; selection: AuditSelection }) {
  const name = one.person ?? one.principal ?? t('audit.unknown')
  const how = one.share_id !== null ? t('audit.by.share') : one.token_id !== null ? t('audit.by.token') : null
  return (
    <>
      {one.principal === null ? (
        name
      ) : (
        <Link
          className={style.person}
          href={auditPath({ selection: { ...selection, who: one.principal }, section: 'records' })}
        >
          {name}
        </Link>
      )}
      {how !== null && <span className={style.quiet}> {how}</span>}
    </>
  )
}
