import { useEffect, useMemo, useState } from 'react'

import { type AuditRecord, listAudit } from '../api/audit'
import { t } from '../i18n'
import { AuditList, SECTIONS, auditPath, parseAuditQuery } from '../model/audit'
import style from '../panels/audit/Audit.module.css'
import { AuditFilters } from '../panels/audit/AuditFilters'
import { AuditTable } from '../panels/audit/AuditTable'
import { ExportMenu } from '../panels/audit/ExportMenu'
import { RecordDialog } from '../panels/audit/RecordDialog'
import { Sightings } from '../panels/audit/Sightings'
import { Footer } from '../panels/shell/Footer'
import { PageHeader } from '../panels/shell/PageHeader'
import { Tabs, panelOf } from '../panels/shell/Tabs'
import { mayAudit, useSession } from '../panels/shell/session'
import { useApp } from '../panels/shell/useApp'
import { usePlace } from '../panels/shell/usePlace'
import { useTitle } from '../panels/shell/useTitle'
import { go } from '../shell/navigation'
import { NotFound } from './NotFound'

/** The audit trail, for administrators and auditors. */
export function Audit() {
  const session = useSession()
  return mayAudit(session) ? <Trail /> : <NotFound />
}

function Trail() {
  const { search } = usePlace()
  const query = useMemo(() => parseAuditQuery(search), [search])
  const [list] = useState(() => new AuditList(listAudit))
  const [shown, setShown] = useState<AuditRecord | null>(null)
  const app = useApp()
  useTitle(t('audit.title'))
  useEffect(() => {
    if (query.section === 'records') list.show(query.selection)
  }, [list, query])
  return (
    <div className={style.page}>
      <PageHeader back={t('audit.back')} />
      <main className={style.main}>
        <div className={style.top}>
          <div>
            <h1 className={style.title}>{t('audit.title')}</h1>
            <p className={style.text}>{t('audit.text')}</p>
          </div>
          <ExportMenu selection={query.selection} />
        </div>
        <AuditFilters key={search} query={query} />
        {query.selection.object === undefined ? (
          <AuditTable list={list} onShow={setShown} />
        ) : (
          <>
            <Tabs
              id="audit"
              label={t('audit.title')}
              names={SECTIONS}
              chosen={query.section}
              textOf={(name) => t(`audit.section.${name}`)}
              onChoose={(section) => go(auditPath({ ...query, section }))}
            />
            <div {...panelOf('audit', query.section)} className={style.panel}>
              {query.section === 'people' ? (
                <Sightings selection={query.selection} />
              ) : (
                <AuditTable list={list} onShow={setShown} />
              )}
            </div>
          </>
        )}
      </main>
      {shown !== null && <RecordDialog record={shown} onClose={() => setShown(null)} />}
      <Footer app={app} />
    </div>
  )
}
