import { type AuditFormat, AUDIT_HEAD_URL, type AuditSelection, auditExportUrl } from '../../api/audit'
import { t } from '../../i18n'
import { Disclosure } from '../shell/Disclosure'
import { Icon } from '../shell/icons'
import style from './Audit.module.css'

const FORMATS: readonly AuditFormat[] = ['csv', 'jsonl', 'xml']

/** The records that are shown as a file, and the signed end of the trail. */
export function ExportMenu({ selection }: { selection: AuditSelection }) {
  const face = (
    <>
      <Icon name="download" size={16} />
      {t('audit.export')}
    </>
  )
  return (
    <Disclosure face={face} label={t('audit.export')} className={style.export}>
      {(close) => (
        <div className={style.menu}>
          <p className={style.quiet}>{t('audit.exportText')}</p>
          {FORMATS.map((format) => (
            <a key={format} className={style.item} href={auditExportUrl(selection, format)} download onClick={close}>
              {t(`audit.format.${format}`)}
            </a>
          ))}
          <p className={style.quiet}>{t('audit.headText')}</p>
          <a className={style.item} href={AUDIT_HEAD_URL} download="audit-head.json" onClick={close}>
            {t('audit.head')}
          </a>
        </div>
      )}
    </Disclosure>
  )
}
