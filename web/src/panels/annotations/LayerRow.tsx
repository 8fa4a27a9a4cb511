import { useState } from 'react'

import { changeLayer, deleteLayer, type LayerPatch } from '../../api/annotations'
import { formatCount, formatPercent, t } from '../../i18n'
import type { Layer } from '../../model/annotations/types'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import input from '../shell/Input.module.css'
import { useSession } from '../shell/session'
import { useTask } from '../shell/useTask'
import { useAbilities, useAnnotations, useNow } from './context'
import { useSelected } from '../viewer/useSelected'
import { Popover } from './Popover'
import { style } from './style'

interface Props {
  layer: Layer
  active: boolean
  count: number
}

/** One layer: shown or not to me, drawn on or not, and what its owner decides about it. */
export function LayerRow({ layer, active, count }: Props) {
  const { document, drawing, slide } = useAnnotations()
  const { layer: drawn } = drawing
  const { viewer } = useSession()
  const can = useAbilities()
  const now = useNow()
  const hidden = useSelected(drawn.choice, (state) => state.hiddenLayers.has(layer.layer_id))
  const [renaming, setRenaming] = useState<string | null>(null)
  const [opacity, setOpacity] = useState<number | null>(null)
  const task = useTask()
  const owner = layer.owner_id === viewer.person_id
  const changes = now && (can.edit || (owner && can.draw))
  const removes = now && (can.manage || (owner && can.draw))
  const change = (patch: LayerPatch): void =>
    task.run(() => changeLayer(slide.slide_id, layer.layer_id, patch), () => {
      setOpacity(null)
      setRenaming(null)
    })
  const toggle = (): void => {
    const hiddenLayers = new Set(drawn.choice.get().hiddenLayers)
    if (!hiddenLayers.delete(layer.layer_id)) hiddenLayers.add(layer.layer_id)
    drawn.choice.set({ hiddenLayers })
  }
  const eye = hidden ? t('annotations.layerShow', { name: layer.name }) : t('annotations.layerHide', { name: layer.name })
  return (
    <li className={style.layer} data-active={active || undefined} data-hidden={hidden || undefined}>
      <div className={style.layerRow}>
        <button type="button" className={style.icon} aria-pressed={!hidden} aria-label={eye} title={eye} onClick={toggle}>
          <Eye closed={hidden} />
        </button>
        {renaming === null ? (
          <button
            type="button"
            className={style.layerName}
            aria-pressed={active}
            title={active ? t('annotations.layerActive') : t('annotations.layerDrawOn')}
            disabled={!can.draw || layer.locked}
            onClick={() => document.setActiveLayer(layer.layer_id)}
          >
            {layer.name}
            <small>
              {[
                t('annotations.objects', { count }),
                layer.visibility === 'private' ? t('annotations.private') : owner ? '' : layer.owner_name,
                layer.locked ? t('annotations.locked') : '',
              ]
                .filter((word) => word !== '')
                .join(' · ')}
            </small>
          </button>
        ) : (
          <input
            className={input.small}
            autoFocus
            aria-label={t('annotations.layerName')}
            value={renaming}
            maxLength={100}
            onChange={(event) => setRenaming(event.currentTarget.value)}
            onBlur={() => setRenaming(null)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setRenaming(null)
              if (event.key === 'Enter' && renaming.trim() !== '') change({ name: renaming.trim() })
              event.stopPropagation()
            }}
          />
        )}
        {(changes || removes) && (
          <Popover face={<Icon name="more" size={16} />} label={t('annotations.layerMore', { name: layer.name })} className={style.icon}>
            {(close) => {
              const act = (work: () => void) => () => {
                close()
                work()
              }
              return (
                <div className={style.menu}>
                  {changes && (
                    <>
                      <button type="button" onClick={act(() => setRenaming(layer.name))}>
                        {t('annotations.rename')}
                      </button>
                      <button type="button" onClick={act(() => change({ locked: !layer.locked }))}>
                        {layer.locked ? t('annotations.unlock') : t('annotations.lock')}
                      </button>
                    </>
                  )}
                  {changes && owner && (
                    <button type="button" onClick={act(() => change({ visibility: layer.visibility === 'private' ? 'project' : 'private' }))}>
                      {layer.visibility === 'private' ? t('annotations.makeShared') : t('annotations.makePrivate')}
                    </button>
                  )}
                  {removes && (
                    <button type="button" data-danger onClick={act(() => task.run(() => deleteLayer(slide.slide_id, layer.layer_id)))}>
                      {count === 0 ? t('annotations.layerDelete') : t('annotations.layerDeleteUsed', { count, shown: formatCount(count) })}
                    </button>
                  )}
                </div>
              )
            }}
          </Popover>
        )}
      </div>
      {changes && (
        <label className={style.opacity}>
          <span>{t('annotations.opacity')}</span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={opacity ?? layer.opacity}
            onChange={(event) => setOpacity(event.currentTarget.valueAsNumber)}
            onPointerUp={() => opacity !== null && change({ opacity })}
            onKeyUp={() => opacity !== null && change({ opacity })}
          />
          <output>{formatPercent(opacity ?? layer.opacity)}</output>
        </label>
      )}
      {task.error !== null && <ErrorNotice compact error={task.error} title={t('annotations.layerFailed')} />}
    </li>
  )
}

function Eye({ closed }: { closed: boolean }) {
  return (
    <svg width="18" height="18" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" aria-hidden="true">
      <path d="M2.5 10s2.7-5 7.5-5 7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5z" />
      <circle cx="10" cy="10" r="2.2" />
      {closed && <path d="M3 17 17 3" />}
    </svg>
  )
}
