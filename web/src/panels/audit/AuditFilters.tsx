import { Button } from '@mantine/core'
import type { SyntheticEvent } from 'react'

import type { AuditSelection } from '../../api/audit'
import { t } from '../../i18n'
import { type AuditQuery, KINDS, OUTCOMES, auditPath, fromLocalInput, toLocalInput } from '../../model/audit'
import { go } from '../../shell/navigation'
import style from './Audit.module.css'

/** What is searched for; it stands in the address, so that a search can be kept and sent. */
export function AuditFilters({ query }: { query: AuditQuery }) {
  const { selection } = query
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const wanted = selectionOf((name) => {
      const value = form.get(name)
      return typeof value === 'string' ? value.trim() : ''
    })
    go(auditPath({ selection: wanted, section: wanted.object === undefined ? 'records' : query.section }))
  }
  return (
    <form className={style.filters} role="search" aria-label={t('audit.filters')} onSubmit={submit}>
      <label className={style.field}>
        {t('audit.who')}
        <input name="who" defaultValue={selection.who} placeholder={t('audit.whoHint')} maxLength={200} autoComplete="off" />
      </label>
      <label className={style.field}>
        {t('audit.what')}
        <select name="what" defaultValue={selection.what ?? ''}>
          <option value="">{t('audit.anything')}</option>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t(`audit.kind.${kind}`)}
            </option>
          ))}
        </select>
      </label>
      <label className={style.wide}>
        {t('audit.object')}
        <input
          name="object"
          defaultValue={selection.object}
          placeholder={t('audit.objectHint')}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <label className={style.field}>
        {t('audit.since')}
        <input name="since" type="datetime-local" defaultValue={toLocalInput(selection.since)} />
      </label>
      <label className={style.field}>
        {t('audit.until')}
        <input name="until" type="datetime-local" defaultValue={toLocalInput(selection.until)} />
      </label>
      <label className={style.field}>
        {t('audit.outcome')}
        <select name="outcome" defaultValue={selection.outcome ?? ''}>
          <option value="">{t('audit.anyOutcome')}</option>
          {OUTCOMES.map((outcome) => (
            <option key={outcome} value={outcome}>
              {t(`audit.outcome.${outcome}`)}
            </option>
          ))}
        </select>
      </label>
      <div className={style.buttons}>
        <Button type="submit">{t('audit.search')}</Button>
        {Object.keys(selection).length > 0 && (
          <Button variant="default" onClick={() => go('/audit')}>
            {t('audit.clear')}
          </Button>
        )}
      </div>
    </form>
  )
}

function selectionOf(text: (name: string) => string): AuditSelection {
  const since = fromLocalInput(text('since'))
  const until = fromLocalInput(text('until'))
  const kind = KINDS.find((one) => one === text('what'))
  const outcome = OUTCOMES.find((one) => one === text('outcome'))
  return {
    ...(text('who') === '' ? {} : { who: text('who') }),
    ...(kind === undefined ? {} : { what: kind }),
    ...(text('object') === '' ? {} : { object: text('object') }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}
