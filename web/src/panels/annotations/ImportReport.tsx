import type { ImportReport } from '../../api/exchange'
import { formatCount, t } from '../../i18n'
import form from '../shell/Form.module.css'
import style from './dialogs.module.css'

const OBJECT_TYPES = ['annotation', 'detection', 'cell', 'tile', 'tma_core'] as const

/** What a file holds: how many of what, in which classes, and where they go. */
export function WhatIsInside({ report }: { report: ImportReport }) {
  const types = Object.entries(report.object_types).filter(([, count]) => count > 0)
  return (
    <>
      <p>
        <strong>{t('annotations.found', { count: report.objects, format: report.title })}</strong>
        {types.length > 1 && <small className={form.quiet}> {types.map(([type, count]) => t('annotations.ofType', { type: typeText(type), count: formatCount(count) })).join(', ')}</small>}
      </p>
      {report.classes.length > 0 && (
        <ul className={style.found} aria-label={t('annotations.tab.classes')}>
          {report.classes.map((one) => (
            <li key={one.name}>
              <span className={style.swatch} style={one.colour === null ? undefined : { backgroundColor: one.colour }} />
              {one.name}
              <span className={form.quiet}>
                {formatCount(one.count)}
                {one.new && ` · ${t('annotations.newClass')}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {report.goes.map((one) => (
        <p key={`${one.kind} ${one.name}`} className={form.note}>
          {t(one.kind === 'drawn' ? 'annotations.goesToDrawn' : 'annotations.goesToResult', { count: one.count, name: one.name })}
        </p>
      ))}
    </>
  )
}

function typeText(type: string): string {
  const known = OBJECT_TYPES.find((one) => one === type)
  return known === undefined ? type : t(`annotations.type.${known}`)
}

/** What a file says that has no place here. */
export function Losses({ report: { lost } }: { report: ImportReport }) {
  if (lost.length === 0) return <p className={form.quiet}>{t('annotations.nothingLost')}</p>
  return (
    <div className={form.warning}>
      <p>{t('annotations.lost')}</p>
      <ul>
        {lost.map((one) => (
          <li key={one.what}>{`${one.what} (${formatCount(one.count)})`}</li>
        ))}
      </ul>
    </div>
  )
}
