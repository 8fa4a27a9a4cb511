import { useEffect, useRef, useState } from 'react'

import type { Board, Stop } from '../../api/boards'
import { identity } from '../../api/identity'
import { t } from '../../i18n'
import { openAnnotations } from '../../live/session'
import { Presenter } from '../../live/presenter'
import type { SharedPane, SharedView } from '../../live/wire'
import type { AnnotationDocument } from '../../model/annotations/document'
import { fragmentOf, planOf, type Presentation as Walk } from '../../model/boards'
import { Desk } from '../../model/desk'
import { askAhead } from '../../model/details'
import { pixelSize } from '../../model/slide'
import { viewFromFragment } from '../../model/viewlink'
import { prefetch } from '../../viewer/prefetch'
import type { Viewer } from '../../viewer/viewer'
import { shownPane } from '../annotations/sharing'
import { Icon } from '../shell/icons'
import { useSession } from '../shell/session'
import { useStore } from '../shell/useStore'
import { OpenDesk, OpenDeskContext } from '../viewer/openDesk'
import type { OpenViewer } from '../viewer/OpenViewer'
import { Panes } from '../viewer/Panes'
import { useSelected } from '../viewer/useSelected'
import { applyIdentity, useAwake } from './presenting'
import style from './Present.module.css'

interface Props {
  board: Board
  walk: Walk
  onEnd: () => void
  /** The address names the stop. */
  onStop: (index: number) => void
}

/** A board on the big screen: one stop after the other, the next one ready before it is asked for. */
export function Presentation({ board, walk, onEnd, onStop }: Props) {
  const { index, black } = useStore(walk.state)
  const stop = walk.stops[index]
  useAwake()
  useEffect(() => {
    onStop(index)
    if (stop !== undefined) applyIdentity(stop.stop_id, stop.hide_identity)
  }, [index, stop, onStop])
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === 'Escape') onEnd()
      else if (!walk.key(event.key)) return
      event.preventDefault()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [walk, onEnd])
  if (stop === undefined) return null
  return (
    <main className={style.stage} aria-label={t('present.page', { title: board.title })}>
      <div className={style.slides}>
        <Slides stop={stop} walk={walk} />
        {black && (
          <div className={style.black} role="status">
            <span className="cs-unseen">{t('present.blackNow')}</span>
          </div>
        )}
      </div>
      {!black && <Bar stop={stop} walk={walk} onEnd={onEnd} />}
    </main>
  )
}

function Bar({ stop, walk, onEnd }: { stop: Stop; walk: Walk; onEnd: () => void }) {
  const { index } = useStore(walk.state)
  const hidden = useStore(identity)
  const count = walk.stops.length
  return (
    <footer className={style.bar} title={t('present.keys')}>
      <p className={style.note} tabIndex={0} aria-live="polite">
        {stop.case_name !== null && !hidden && <span className={style.case}>{stop.case_name} </span>}
        {stop.note}
      </p>
      {hidden && <span className={style.hidden}>{t('identity.hidden')}</span>}
      <span className={style.number}>{t('present.stopOf', { number: index + 1, count })}</span>
      <span className={style.ways}>
        <button type="button" className={style.way} disabled={index === 0} aria-label={t('present.previous')} title={t('present.previous')} onClick={() => walk.step(-1)}>
          <Icon name="left" />
        </button>
        <button type="button" className={style.way} disabled={index === count - 1} aria-label={t('present.next')} title={t('present.next')} onClick={() => walk.step(1)}>
          <Icon name="right" />
        </button>
        <button type="button" className={style.way} aria-label={t('present.black')} title={t('present.black')} onClick={() => walk.toggleBlack()}>
          B
        </button>
        <button type="button" className={style.way} onClick={onEnd}>
          {t('present.end')}
        </button>
      </span>
    </footer>
  )
}

/** The panes of the stop; who follows sees them, too. */
function Slides({ stop, walk }: { stop: Stop; walk: Walk }) {
  const { viewer } = useSession()
  const [openDesk] = useState(() => new OpenDesk(new Desk(planOf(stop.panes))))
  const laid = useRef(stop)
  useEffect(() => openDesk.start(), [openDesk])
  useEffect(() => {
    if (laid.current === stop) return
    laid.current = stop
    openDesk.desk.lay(planOf(stop.panes))
  }, [openDesk, stop])
  useShared(openDesk, stop, viewer.person_id, viewer.name)
  useReady(openDesk, walk)
  useLayers(openDesk, stop)
  return (
    <OpenDeskContext value={openDesk}>
      <Panes />
    </OpenDeskContext>
  )
}

/** Tell the rooms of the slides what is shown. */
function useShared(openDesk: OpenDesk, stop: Stop, personId: string, name: string): void {
  const [presenter] = useState(() => new Presenter((slideId) => openAnnotations(slideId, personId, { name })))
  const panes = useSelected(openDesk.opens, (state) => state.panes)
  useEffect(() => () => presenter.close(), [presenter])
  useEffect(() => {
    const [first] = stop.panes
    if (first === undefined) return undefined
    const order = openDesk.desk.get().panes.map(({ id }) => panes.get(id)?.open)
    const tell = () => {
      const shown = stop.panes.map((pane, i) => {
        const open = order[i]
        return open?.slide.slide_id === pane.slide_id ? shownPane(pane.slide_id, open.viewer) : pane
      })
      presenter.show(viewOf(shown, stop, order[0]))
    }
    tell()
    const stops = order.map((open) => open?.viewer.state.subscribe(tell))
    return () => {
      for (const end of stops) end?.()
    }
  }, [openDesk, presenter, stop, panes])
}

function viewOf(panes: readonly SharedPane[], { hide_identity }: Stop, lead: OpenViewer | undefined): SharedView {
  const [first] = panes
  const state = lead?.slide.slide_id === first?.slide_id ? lead?.viewer.state.get() : undefined
  return {
    slide_id: first?.slide_id ?? '',
    panes,
    camera: first?.camera ?? null,
    look: state?.choice ?? null,
    identity_hidden: hide_identity,
  }
}

/** Of what is drawn only the layers of the stop are shown. */
function useLayers(openDesk: OpenDesk, stop: Stop): void {
  const panes = useSelected(openDesk.opens, (state) => state.panes)
  useEffect(() => {
    const stops: (() => void)[] = []
    let ended = false
    for (const { open } of panes.values()) {
      const annotating = open.annotating
      if (annotating === null) continue
      const choose = () => {
        const { opened } = annotating.state.get()
        if (opened === null) return
        const layers = [...opened.session.document.state.get().layers.keys()]
        const hiddenLayers = new Set(layers.filter((layerId) => !stop.layers.includes(layerId)))
        showResults(open.viewer, opened.session.document, stop, () => ended)
        const { layer } = opened.drawing
        if ([...hiddenLayers].join() !== [...layer.choice.get().hiddenLayers].join()) layer.choice.set({ hiddenLayers })
      }
      let watched = false
      const watch = () => {
        const { opened } = annotating.state.get()
        if (opened !== null && !watched) {
          watched = true
          stops.push(opened.session.document.state.subscribe(choose))
        }
        choose()
      }
      stops.push(annotating.state.subscribe(watch))
      watch()
    }
    return () => {
      ended = true
      for (const end of stops) end()
    }
  }, [panes, stop])
}

/** Result layers have a scene of their own, whose code comes only where there are some. */
function showResults(viewer: Viewer, document: AnnotationDocument, stop: Stop, ended: () => boolean): void {
  const results = [...document.state.get().layers.values()].filter((layer) => layer.kind !== 'drawn' && !layer.deleted)
  if (results.length === 0) return
  void import('../../viewer/results/scene').then(({ resultScene }) => {
    if (ended()) return
    const scene = resultScene(viewer, document)
    for (const layer of results) scene.show(layer, stop.layers.includes(layer.layer_id))
  })
}

/** Make the next stop ready while nobody waits for this one. */
function useReady(openDesk: OpenDesk, walk: Walk): void {
  const { index } = useStore(walk.state)
  const shown = useSelected(openDesk.opens, (state) => [...state.panes.values()][0] ?? null)
  useEffect(() => {
    let stop: (() => void) | undefined
    let ended = false
    const coming = walk.coming
    void Promise.all(coming.map(({ slide_id }) => askAhead(slide_id))).then((found) => {
      if (ended || shown === null) return
      const slides = found.flatMap((one, i) => {
        const pane = coming[i]
        return one === null || pane === undefined ? [] : [{ slide: one.slide, start: viewFromFragment(fragmentOf(pane), pixelSize(one.slide)) }]
      })
      stop = prefetch(shown.open.viewer, slides)
    })
    return () => {
      ended = true
      stop?.()
    }
  }, [index, shown, walk])
}
