import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'

import { formatNumber, t } from '../../i18n'
import { type Annotations, AnnotationsContext } from '../annotations/context'
import { opensObjectMenu } from '../annotations/panelState'
import { AlignBar } from './AlignBar'
import { may } from '../../api/members'
import { Bookmarks } from './Bookmarks'
import type { Point } from '../../model/frame'
import { DeskBar } from './DeskBar'
import { ColourNotice, DisplayPanel } from './DisplayPanel'
import { FieldsPane } from './FieldsPane'
import { KeyMap } from './KeyMap'
import { LabelPane } from './LabelPane'
import { LoupeBar } from './LoupeBar'
import { Measured } from './Measured'
import { AnnotationsFailed, Notices } from './Notices'
import { type OpenPane, useDesk } from './openDesk'
import { type OpenViewer, useViewerState } from './OpenViewer'
import { OverviewPane } from './OverviewPane'
import { Pictures } from '../pictures/Pictures'
import { useVisitor, useWithoutAccount } from '../shell/session'
import { type Managing, ManageDialogs } from './ManageDialogs'
import { Planes } from './Planes'
import { preferences } from './preferences'
import { Readout } from './Readout'
import { ScaleDialog } from './ScaleDialog'
import { SlideMenu } from './SlideMenu'
import { Toolbar } from './Toolbar'
import { goToSlide, TopBar } from './TopBar'
import { Tour, useTour } from './Tour'
import { useActions } from './useActions'
import { useOpenAnnotations } from './useOpenAnnotations'
import { useDeskActions } from './useDeskActions'
import { usePrefetch } from './usePrefetch'
import { useSelected } from './useSelected'
import type { Series } from './useSeries'
import { useViewLink } from './useViewLink'
import panes from './panes.module.css'
import piece from './pieces.module.css'
import style from './viewer.module.css'
import { ScaleReadout, ZoomBar } from './ZoomBar'

const SAY_MS = 2500
/** When the panel's code comes if nobody has asked for it: a connection may be lost later. */
const PANEL_MS = 3000

const loadPanel = () => import('../annotations/AnnotationPanel')
const AnnotationPanel = lazy(async () => ({ default: (await loadPanel()).AnnotationPanel }))
const AnnotationDialogs = lazy(async () => ({ default: (await import('../annotations/parts')).Dialogs }))
const AnnotationStatus = lazy(async () => ({ default: (await import('../annotations/parts')).Status }))
const CountingPane = lazy(async () => ({ default: (await import('../annotations/parts')).CountingPane }))
const AddStop = lazy(async () => ({ default: (await import('../boards/AddStop')).AddStop }))
const DrawBar = lazy(async () => ({ default: (await import('../annotations/parts')).DrawBar }))
const SlidePicker = lazy(async () => ({ default: (await import('./SlidePicker')).SlidePicker }))

interface Props {
  shown: OpenPane
  series: Series | null
  stripShown: boolean
}

/** Everything that floats above the picture. */
export function Chrome({ shown: { open, changed }, shown: pane, series, stripShown }: Props) {
  const { slide } = open
  const openDesk = useDesk()
  const [label, setLabel] = useState(false)
  const [help, setHelp] = useState(false)
  const [scale, setScale] = useState(false)
  const [pictures, setPictures] = useState(false)
  const [menu, setMenu] = useState<Point | null>(null)
  const [managing, setManaging] = useState<Managing>(null)
  const [adding, setAdding] = useState(false)
  const guest = useWithoutAccount()
  const visitor = useVisitor()
  const annotations = useOpenAnnotations(open)
  const annotated = annotations !== null
  useEffect(() => {
    if (!annotated) return undefined
    const timer = setTimeout(() => void loadPanel().catch(() => undefined), PANEL_MS)
    return () => clearTimeout(timer)
  }, [annotated])
  const manages = !guest && may(slide, 'manager')
  const tour = useTour()
  const [said, say] = useSaid()
  const [fullScreen, toggleFullScreen] = useFullScreen()
  const shown = useSelected(preferences, (value) => value)
  const several = useSelected(openDesk.desk, (state) => state.panes.length > 1)
  const picking = useSelected(openDesk.picking, (state) => state.pane)
  const desk = useDeskActions(openDesk, series, say)
  useViewLink(openDesk, pane)
  usePrefetch(openDesk, open, series)
  const showMenu = useMenu(open, annotations, setMenu)
  const closeMenu = useCallback(() => setMenu(null), [])
  const { run, release } = useActions(open, {
    toggleLabel: () => setLabel((before) => !before),
    showHelp: () => setHelp(true),
    showPictures: () => setPictures(true),
    showMenu,
    toggleFullScreen,
    previous: () => goToSlide(series?.previousId),
    next: () => goToSlide(series?.nextId),
    toggleStrip: () => preferences.set({ strip: !stripShown }),
    ...desk.actions,
    say,
  })
  return (
    <AnnotationsContext value={annotations}>
      <header className={style.head}>
        <TopBar
          slide={slide}
          series={series}
          status={
            // Of a visitor nothing is saved, and nobody is told that they are here.
            annotations !== null && !visitor && (
              <Suspense fallback={null}>
                <AnnotationStatus />
              </Suspense>
            )
          }
        />
        <Toolbar
          run={run}
          labelShown={label}
          fullScreen={fullScreen}
          stripShown={stripShown}
          sideBySide={several}
          onSideBySide={() => desk.resize(several ? 1 : 2)}
          onShare={manages ? () => setManaging('share') : null}
        />
      </header>
      {several && <DeskBar run={run} release={release} onResize={desk.resize} />}
      {desk.aligning !== null && <AlignBar {...desk.aligning} say={say} onClose={desk.endAligning} />}
      <div className={style.float}>
        {annotations !== null && (
          <Suspense fallback={null}>
            <DrawBar />
          </Suspense>
        )}
        <div className={style.topLeft}>
          {tour.shown && <Tour onEnd={tour.end} />}
          <Notices />
          {open.annotating !== null && <AnnotationsFailed annotating={open.annotating} />}
          <ColourNotice />
          {!several && <Orientation />}
          {!guest && <Bookmarks />}
          {label && <LabelPane onClose={() => setLabel(false)} />}
        </div>
        {shown.display && <DisplayPanel onClose={() => preferences.set({ display: false })} />}
        <div className={style.bottomLeft}>
          {!several && <ScaleReadout onEnterScale={guest ? null : () => setScale(true)} />}
        </div>
        <div className={style.bottomCentre}>
          <p className={piece.said} role="status">
            {said}
          </p>
          {annotations !== null && (
            <Suspense fallback={null}>
              <CountingPane />
            </Suspense>
          )}
          <LoupeBar />
          <FieldsPane />
          <Measured />
          {shown.readout && <Readout />}
          <Planes />
          <ZoomBar run={run} />
        </div>
        {shown.overview && !several && (
          <div className={style.bottomRight}>
            <OverviewPane />
          </div>
        )}
        {shown.overview && several && <OverviewIn element={open.viewer.element.closest('section')} />}
      </div>
      {annotations !== null && (
        <Suspense fallback={null}>
          <AnnotationDialogs />
        </Suspense>
      )}
      {annotations !== null && shown.annotations && (
        <Suspense fallback={null}>
          <AnnotationPanel />
        </Suspense>
      )}
      <Pictures shown={pictures} onClose={() => setPictures(false)} say={say} />
      {menu !== null && (
        <SlideMenu
          at={menu}
          run={run}
          manage={manages ? { share: () => setManaging('share'), members: () => setManaging('members') } : null}
          onBoard={guest ? null : () => setAdding(true)}
          onClose={closeMenu}
        />
      )}
      {adding && (
        <Suspense fallback={null}>
          <AddStop openDesk={openDesk} shown={pane} layers={shownLayers(annotations)} onClose={() => setAdding(false)} />
        </Suspense>
      )}
      {managing !== null && <ManageDialogs shown={managing} open={open} series={series} onClose={() => setManaging(null)} />}
      {help && (
        <KeyMap
          onClose={() => setHelp(false)}
          onTour={() => {
            setHelp(false)
            tour.start()
          }}
        />
      )}
      {scale && <ScaleDialog slide={slide} onClose={() => setScale(false)} onChanged={changed} />}
      {picking !== null && (
        <Suspense fallback={null}>
          <SlidePicker
            offered={series?.slides ?? []}
            onPick={(slideId) => desk.pick(slideId, picking)}
            onClose={() => openDesk.picking.set({ pane: null })}
          />
        </Suspense>
      )}
    </AnnotationsContext>
  )
}

/** Layers of annotations that can be seen now. */
function shownLayers(annotations: Annotations | null): string[] {
  if (annotations === null || !annotations.document.visible) return []
  const { hiddenLayers } = annotations.drawing.layer.choice.get()
  return [...annotations.document.state.get().layers.keys()].filter((layerId) => !hiddenLayers.has(layerId))
}

/** Opens the menu where the viewer hears that it is asked for; what was half drawn is given up. */
function useMenu({ viewer, toolbox }: OpenViewer, annotations: Annotations | null, open: (at: Point) => void): (at: Point | null) => void {
  const show = useCallback(
    (at: Point | null) => {
      toolbox.interrupt()
      // On something drawn the menu is about that; by the keyboard, about what is selected.
      if (annotations !== null && opensObjectMenu(annotations, at)) return
      const box = viewer.element.getBoundingClientRect()
      open(at ?? { x: box.left + box.width / 2, y: box.top + box.height / 2 })
    },
    [viewer, toolbox, annotations, open],
  )
  useEffect(() => viewer.listenForMenu(show), [viewer, show])
  return show
}

/** Beside other panes the overview lies in the pane that it belongs to. */
function OverviewIn({ element }: { element: Element | null }) {
  if (element === null) return null
  return createPortal(
    <div className={panes.overview}>
      <OverviewPane small />
    </div>,
    element,
  )
}

/** Says when the picture is turned or flipped, so that nobody takes left for right. */
function Orientation() {
  const rotation = useViewerState((state) => state.camera.rotation)
  const mirrored = useViewerState((state) => state.camera.mirrored)
  if (rotation === 0 && !mirrored) return null
  const degrees = formatNumber((rotation * 180) / Math.PI, 0)
  const parts = [...(rotation === 0 ? [] : [t('viewer.turned', { degrees })]), ...(mirrored ? [t('viewer.mirrored')] : [])]
  return (
    <p className={piece.orientation} aria-label={t('viewer.orientation')} role="note">
      {parts.join(', ')}
    </p>
  )
}

function useSaid(): [string, (text: string) => void] {
  const [said, setSaid] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const say = useCallback((text: string) => {
    setSaid(text)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setSaid(''), SAY_MS)
  }, [])
  useEffect(() => () => clearTimeout(timer.current), [])
  return [said, say]
}

function useFullScreen(): [boolean, () => void] {
  const [full, setFull] = useState(document.fullscreenElement !== null)
  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', changed)
    return () => document.removeEventListener('fullscreenchange', changed)
  }, [])
  const toggle = useCallback(() => {
    // Refused outside a user's gesture; then nothing happens, as it should.
    if (document.fullscreenElement === null) document.documentElement.requestFullscreen().catch(() => undefined)
    else document.exitFullscreen().catch(() => undefined)
  }, [])
  return [full, toggle]
}
