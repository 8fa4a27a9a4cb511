import { Button } from '@mantine/core'

import { t } from '../../i18n'
import { type ListQuery, isNarrowed, withoutFilters } from '../../model/list/query'
import style from './Welcome.module.css'

/** A list without slides in a catalogue that has some: why, and the way out. */
export function EmptyList({ query, onQuery }: { query: ListQuery; onQuery: (query: ListQuery) => void }) {
  const words = query.q.trim()
  if (!isNarrowed(query)) {
    return (
      <div className={style.note}>
        <h2 className={style.noteTitle}>{t(query.caseId === null ? 'library.emptyProject.title' : 'cases.empty')}</h2>
        <p className={style.noteText}>{t(query.caseId === null ? 'library.emptyProject.text' : 'cases.emptyText')}</p>
      </div>
    )
  }
  return (
    <div className={style.note}>
      <h2 className={style.noteTitle}>{t('library.noMatch.title')}</h2>
      <p className={style.noteText}>
        {words === '' ? t('library.noMatch.filter') : t('library.noMatch.search', { words })}
      </p>
      <Button
        variant="default"
        onClick={() => onQuery({ ...withoutFilters(query), q: '' })}
      >
        {t('library.noMatch.clear')}
      </Button>
    </div>
  )
}
