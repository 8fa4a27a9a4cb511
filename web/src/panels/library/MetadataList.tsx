import { useMemo, useState } from 'react'

import { t } from '../../i18n'
import { findEntries } from '../../model/list/metadata'
import style from './SlideDetails.module.css'

/** DICOM and OME files carry thousands of entries; a person reads a few. */
const MOST_SHOWN = 200
/** Longer values (whole XML documents) show their beginning until somebody opens them. */
const LONG = 400
const BEGINNING = 160

/** All that the file says about itself, searchable. */
export function MetadataList({ metadata }: { metadata: Readonly<Record<string, string>> }) {
  const [words, setWords] = useState('')
  const all = useMemo(() => Object.entries(metadata), [metadata])
  const found = useMemo(() => findEntries(all, words), [all, words])
  const shown = found.slice(0, MOST_SHOWN)
  const count =
    shown.length < found.length
      ? t('details.metadataShown', { shown: shown.length, count: found.length })
      : t('details.metadataCount', { count: found.length })
  return (
    <section className={style.section} aria-label={t('details.metadata')}>
      <h4 className={style.heading}>
        {t('details.metadata')}
        <span className={style.quiet} role="status">
          {all.length > 0 && count}
        </span>
      </h4>
      {all.length === 0 && <p className={style.quiet}>{t('details.noMetadata')}</p>}
      {all.length > 0 && (
        <input
          className={style.search}
          type="search"
          value={words}
          placeholder={t('details.metadataSearch')}
          aria-label={t('details.metadataSearch')}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setWords(event.currentTarget.value)}
        />
      )}
      {all.length > 0 && found.length === 0 && <p className={style.quiet}>{t('details.metadataNone')}</p>}
      <dl className={style.metadata}>
        {shown.map(([name, value]) => (
          <div key={name} className={style.entry}>
            <dt>{name}</dt>
            <dd>
              <Value text={value} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Value({ text }: { text: string }) {
  if (text === '') return '—'
  if (text.length <= LONG) return text
  return (
    <details>
      <summary className={style.beginning}>{t('details.beginning', { text: text.slice(0, BEGINNING) })}</summary>
      {text}
    </details>
  )
}
