import type { AuditRecord } from '../../api/audit'
import { formatMoment, t } from '../../i18n'
import { auditPath } from '../../model/audit'
import { Dialog } from '../shell/Dialog'
import { Link } from '../shell/Link'
import style from './Audit.module.css'
import { whoOf } from './words'

interface Props {
  record: AuditRecord
  onClose: () => void
}

/** All that a record says. */
export function RecordDialog({ record, onClose }: Props) {
  const facts: readonly (readonly [string, string | null])[] = [
    [t('audit.at'), `${formatMoment(record.at)} (${record.at})`],
    [t('audit.who'), whoOf(record)],
    [t('audit.principal'), record.principal],
    [t('audit.action'), record.action],
    [t('audit.outcome'), t(`audit.outcome.${record.outcome}`)],
    [t('audit.objectKind'), record.object_kind],
    [t('audit.objectId'), record.object_id],
    [t('audit.objectName'), record.object_name],
    [t('audit.address'), record.address],
    [t('audit.session'), record.session_id],
    [t('audit.token'), record.token_id],
    [t('audit.share'), record.share_id],
  ]
  return (
    <Dialog title={t('audit.details', { no: String(record.no) })} onClose={onClose}>
      <dl className={style.facts}>
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {Object.keys(record.detail).length > 0 && (
          <div>
            <dt>{t('audit.detail')}</dt>
            <dd>
              <pre className={style.json}>{JSON.stringify(record.detail, null, 1)}</pre>
            </dd>
          </div>
        )}
      </dl>
      <p className={style.ways}>
        {record.object_id !== null && (
          <Link href={auditPath({ selection: { object: record.object_id }, section: 'records' })} onClick={onClose}>
            {t('audit.onlyThis')}
          </Link>
        )}
        {record.principal !== null && (
          <Link href={auditPath({ selection: { who: record.principal }, section: 'records' })} onClick={onClose}>
            {t('audit.onlyPerson')}
          </Link>
        )}
      </p>
    </Dialog>
  )
}
