import { useMemo, useState } from 'react'

import { formatCount, formatPercent, t } from '../../i18n'
import type { AnnotationDocument } from '../../model/annotations/document'
import type { Layer } from '../../model/annotations/types'
import type { Slide } from '../../model/slide'
import type { ResultObjects } from '../../viewer/results/objects'
import type { RasterOverlay } from '../../viewer/results/raster'
import { resultScene, type ResultScene, type SceneState } from '../../viewer/results/scene'
import type { Viewer } from '../../viewer/viewer'
import { ErrorNotice } from '../shell/ErrorNotice'
import small from '../shell/Small.module.css'
import { useStore } from '../shell/useStore'
import { NextIcon } from '../viewer/icons'
import { Slider } from '../viewer/Slider'
import display from '../viewer/display.module.css'
import { ObjectCard } from './ObjectCard'
import { ObjectSettings } from './ObjectSettings'
import { OverlaySettings } from './OverlaySettings'
import { RegionCard } from './RegionCard'
import style from './results.module.css'

interface Props {
  viewer: Viewer
  slide: Slide
  /** All layers of the slide; drawn ones are not shown here. */
  layers: readonly Layer[]
  document: AnnotationDocument
}

/** The result layers and raster overlays of the slide, topmost first. */
export default function ResultLayers({ viewer, layers, document }: Props) {
  const scene = useMemo(() => resultScene(viewer, document), [viewer, document])
  const state = useStore(scene.state)
  const mine = layers.filter((layer) => layer.kind !== 'drawn' && !layer.deleted).sort((a, b) => b.order - a.order)
  return (
    <section aria-label={t('results.title')}>
      <h3 className={style.title}>{t('results.title')}</h3>
      {mine.length === 0 && <p className={small.quiet}>{t('results.none')}</p>}
      <ul className={style.layers}>
        {mine.map((layer) => (
          <Row key={layer.layer_id} layer={layer} scene={scene} state={state} document={document} />
        ))}
      </ul>
    </section>
  )
}

interface RowProps {
  layer: Layer
  scene: ResultScene
  state: SceneState
  document: AnnotationDocument
}

function Row({ layer, scene, state, document }: RowProps) {
  const objects = state.objects.get(layer.layer_id)
  const raster = state.rasters.get(layer.layer_id)
  if (objects !== undefined) return <ObjectsRow layer={layer} objects={objects} scene={scene} state={state} document={document} />
  if (raster !== undefined) return <RasterRow layer={layer} raster={raster} scene={scene} />
  return (
    <li className={style.layer}>
      <Head layer={layer} visible={false} count={layer.object_count} shown={null} open={false} onOpen={() => scene.show(layer, true)} onShow={(visible) => scene.show(layer, visible)} />
    </li>
  )
}

interface HeadProps {
  layer: Layer
  visible: boolean
  count: number | null
  shown: number | null
  open: boolean
  onOpen: () => void
  onShow: (visible: boolean) => void
}

function Head({ layer, visible, count, shown, open, onOpen, onShow }: HeadProps) {
  const { name } = layer
  const counted =
    count === null
      ? null
      : shown === null || shown === count
        ? t('results.count', { count: formatCount(count) })
        : t('results.countShown', { shown: formatCount(shown), count: formatCount(count) })
  return (
    <div className={style.head}>
      <label className={style.shown}>
        <input type="checkbox" checked={visible} aria-label={t('results.show', { name })} onChange={(event) => onShow(event.currentTarget.checked)} />
      </label>
      <button type="button" className={style.name} aria-expanded={open} aria-label={t('results.open', { name })} onClick={onOpen}>
        <span>{name}</span>
        {counted !== null && <small>{counted}</small>}
      </button>
      <span className={open ? style.chevronOpen : style.chevron}>
        <NextIcon />
      </span>
    </div>
  )
}

function ObjectsRow({ layer, objects, scene, state, document }: RowProps & { objects: ResultObjects }) {
  const [open, setOpen] = useState(true)
  const whole = useStore(objects.state)
  const { info, problem, visible, opacity, shown, outlines, object, selected, selectedShown, waiting } = whole
  const circled = state.circled?.layer_id === layer.layer_id ? state.circled : null
  return (
    <li className={style.layer} aria-busy={visible && waiting > 0}>
      <Head
        layer={layer}
        visible={visible}
        count={info?.object_count ?? layer.object_count}
        shown={info === null ? null : shown}
        open={open}
        onOpen={() => setOpen(!open)}
        onShow={(next) => scene.show(layer, next)}
      />
      {problem !== null && <ErrorNotice error={problem} title={t('results.failed')} onRetry={objects.retry} compact />}
      {open && info === null && problem === null && <p className={small.quiet}>{t('results.loading')}</p>}
      {open && info?.object_count === 0 && <p className={small.quiet}>{t('results.empty')}</p>}
      {open && info !== null && info.object_count > 0 && (
        <>
          {visible && !outlines && <p className={small.quiet}>{t('results.density')}</p>}
          <Opacity layer={layer} value={opacity} onChange={(next) => objects.show({ opacity: next })} />
          <ObjectSettings layer={objects} state={whole} info={info} lassoing={state.lasso === layer.layer_id} onLasso={() => scene.takeLasso(layer.layer_id)} />
        </>
      )}
      {circled !== null && <RegionCard circled={circled} selected={selected.length} shown={selectedShown} columns={info?.columns ?? []} onClear={() => scene.clear()} />}
      {object !== null && <ObjectCard layer={layer} object={object} document={document} onClose={() => void objects.lookAt(null)} />}
    </li>
  )
}

function RasterRow({ layer, raster, scene }: { layer: Layer; raster: RasterOverlay; scene: ResultScene }) {
  const [open, setOpen] = useState(true)
  const { visible, opacity, problem, waiting } = useStore(raster.state)
  return (
    <li className={style.layer} aria-busy={visible && waiting > 0}>
      <Head layer={layer} visible={visible} count={null} shown={null} open={open} onOpen={() => setOpen(!open)} onShow={(next) => scene.show(layer, next)} />
      {problem !== null && <ErrorNotice error={problem} title={t('results.failed')} onRetry={raster.retry} compact />}
      {open && (
        <>
          <Opacity layer={layer} value={opacity} onChange={(next) => raster.show({ opacity: next })} />
          <OverlaySettings raster={raster} />
        </>
      )}
    </li>
  )
}

function Opacity({ layer, value, onChange }: { layer: Layer; value: number; onChange: (value: number) => void }) {
  return (
    <div className={display.adjust}>
      <Slider label={t('results.opacity')} name={t('results.opacityOf', { name: layer.name })} min={0} max={1} step={0.05} plain={1} value={value} text={formatPercent} onChange={onChange} />
    </div>
  )
}
