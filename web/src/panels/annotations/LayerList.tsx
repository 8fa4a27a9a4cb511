import { Suspense, useState } from 'react'

import { makeLayer } from '../../api/annotations'
import { t } from '../../i18n'
import { newId } from '../../model/annotations/ids'
import { ErrorNotice } from '../shell/ErrorNotice'
import input from '../shell/Input.module.css'
import { ResultLayers } from '../results'
import { useTask } from '../shell/useTask'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { LayerRow } from './LayerRow'
import { style } from './style'

/** The layers that one draws on, and those that a run or an import made. */
export function LayerList() {
  const { document, slide, viewer } = useAnnotations()
  const layers = useDocument((state) => state.layers)
  const active = useDocument((state) => state.activeLayer)
  const annotations = useDocument((state) => state.annotations)
  const can = useAbilities()
  const now = useNow()
  const [adding, setAdding] = useState(false)
  const [name, setName] = useState('')
  const [own, setOwn] = useState(false)
  const task = useTask()
  const shown = [...layers.values()].filter((one) => !one.deleted).sort((a, b) => a.order - b.order || a.created_at.localeCompare(b.created_at))
  const drawn = shown.filter((one) => one.kind === 'drawn')
  const counts = new Map<string, number>()
  for (const one of annotations.values()) counts.set(one.layer_id, (counts.get(one.layer_id) ?? 0) + 1)
  const add = (): void => {
    const layer = { layer_id: newId(), name: name.trim(), visibility: own ? ('private' as const) : ('project' as const) }
    task.run(() => makeLayer(slide.slide_id, layer), (made) => {
      document.setActiveLayer(made.layer_id)
      setAdding(false)
      setName('')
    })
  }
  return (
    <>
      {drawn.length === 0 && <p className={style.quiet}>{can.draw ? t('annotations.noLayers') : t('annotations.noLayersLook')}</p>}
      <ul className={style.layers} aria-label={t('annotations.tab.layers')}>
        {drawn.map((layer) => (
          <LayerRow key={layer.layer_id} layer={layer} active={layer.layer_id === active} count={counts.get(layer.layer_id) ?? 0} />
        ))}
      </ul>
      {task.error !== null && <ErrorNotice compact error={task.error} title={t('annotations.layerFailed')} />}
      {can.draw && now && !adding && (
        <button type="button" className={style.act} onClick={() => setAdding(true)}>
          {t('annotations.layerAdd')}
        </button>
      )}
      {adding && (
        <form
          className={style.newLayer}
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') add()
          }}
        >
          <label>
            {t('annotations.layerName')}
            <input className={input.small} autoFocus value={name} maxLength={100} onChange={(event) => setName(event.currentTarget.value)} />
          </label>
          <label className={style.check}>
            <input type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
            {t('annotations.layerPrivate')}
          </label>
          <div className={style.acts}>
            <button type="submit" className={style.act} disabled={name.trim() === '' || task.busy}>
              {t('annotations.layerMake')}
            </button>
            <button type="button" className={style.link} onClick={() => setAdding(false)}>
              {t('annotations.cancel')}
            </button>
          </div>
        </form>
      )}
      {drawn.length < shown.length && (
        <Suspense fallback={null}>
          <ResultLayers viewer={viewer} slide={slide} layers={shown} document={document} />
        </Suspense>
      )}
    </>
  )
}
