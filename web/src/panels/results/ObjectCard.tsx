import { useState } from 'react'

import { formatArea, formatCount, t } from '../../i18n'
import type { AnnotationDocument } from '../../model/annotations/document'
import type { Layer } from '../../model/annotations/types'
import type { ResultObject } from '../../model/results/columns'
import { type Correcting, correction, correctionOf } from '../../model/results/corrections'
import { Icon } from '../shell/icons'
import inputs from '../shell/Input.module.css'
import small from '../shell/Small.module.css'
import { useStore } from '../shell/useStore'
import { formatValue } from './figures'
import style from './results.module.css'

interface Props {
  layer: Layer
  object: ResultObject
  document: AnnotationDocument
  onClose: () => void
}

/** What is known of the object that was clicked, and the ways to correct it. */
export function ObjectCard({ layer, object, document, onClose }: Props) {
  const values = Object.entries(object.measurements)
  const words = Object.entries(object.categories)
  const { area_um2 } = object
  const title = t('results.object', { number: formatCount(object.object_no) })
  return (
    <section className={style.card} aria-label={title}>
      <div className={style.head}>
        <h4>{title}</h4>
        <button type="button" className={small.icon} aria-label={t('results.objectClose')} title={t('results.objectClose')} onClick={onClose}>
          <Icon name="close" size={14} />
        </button>
      </div>
      <dl className={style.facts}>
        <div>
          <dt>{t('results.objectClass')}</dt>
          <dd>{object.class_name ?? t('results.noCategory')}</dd>
        </div>
        {area_um2 !== null && area_um2 > 0 && (
          <div>
            <dt>{t('results.objectArea')}</dt>
            <dd>{formatArea(area_um2)}</dd>
          </div>
        )}
        {words.map(([name, word]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{word}</dd>
          </div>
        ))}
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatValue(value)}</dd>
          </div>
        ))}
      </dl>
      <Correct layer={layer} object={object} document={document} />
    </section>
  )
}

function Correct({ layer, object, document }: Omit<Props, 'onClose'>) {
  const { classes, annotations } = useStore(document.state)
  const [redrawing, setRedrawing] = useState(false)
  const made = correctionOf(annotations.values(), layer.layer_id, object.object_no)
  if (redrawing && made !== null) return <p className={small.quiet}>{t('results.redrawHint')}</p>
  if (made !== null) return <p className={small.quiet}>{t('results.corrected')}</p>
  if (!document.mayDraw()) return <p className={small.quiet}>{t('results.mayNot')}</p>
  const named = [...classes.values()]
  const create = (change: Correcting) => document.create([correction(object, layer.layer_id, change)])
  return (
    <div role="group" aria-label={t('results.correct')} className={style.row}>
      <select
        className={inputs.small}
        aria-label={t('results.reclassifyTo')}
        value=""
        onChange={(event) => {
          const to = classes.get(event.currentTarget.value)
          if (to !== undefined) create({ kind: 'class', to })
        }}
      >
        <option value="" disabled>
          {t('results.reclassify')}
        </option>
        {named.map((one) => (
          <option key={one.class_id} value={one.class_id}>
            {one.name}
          </option>
        ))}
      </select>
      <button type="button" className={small.act} onClick={() => create({ kind: 'remove' })}>
        {t('results.remove')}
      </button>
      <button
        type="button"
        className={small.act}
        onClick={() => {
          setRedrawing(true)
          document.select(create({ kind: 'redraw' }))
        }}
      >
        {t('results.redraw')}
      </button>
    </div>
  )
}
