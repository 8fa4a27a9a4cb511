import { useEffect, useRef } from 'react'

import { t } from '../../i18n'
import { cellAt, middleOf, nearestUnseen, seenFrom, unseenShare, wholePercent } from '../../model/coverage'
import type { Extent } from '../../model/frame'
import { type Map, type Memory, memoryOf } from '../../viewer/memory'
import { contextOf } from '../../viewer/paint'
import type { Viewer } from '../../viewer/viewer'
import { ErrorNotice } from '../shell/ErrorNotice'
import { unseenColour } from './colours'
import { useViewer, useViewerState } from './OpenViewer'
import { useSelected } from './useSelected'
import memory from './memory.module.css'

/** Over the overview: the tissue that was not seen at 10x or more. A click there goes there, near enough to see it. */
export function SeenMap({ width, height }: Extent) {
  const { viewer } = useViewer()
  const found = memoryOf(viewer)
  return found === null ? null : <Shown memory={found} viewer={viewer} width={width} height={height} />
}

interface Props extends Extent {
  memory: Memory
  viewer: Viewer
}

function Shown({ memory: remembered, viewer, width, height }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const map = useSelected(remembered.map, (value) => value)
  const mirrored = useViewerState((state) => state.camera.mirrored)
  useEffect(() => void remembered.load(), [remembered])
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, map, viewer.size, mirrored)
  }, [map, viewer, mirrored, width, height])
  useEffect(() => {
    // The overview below has moved the view already; this brings it near enough.
    const below = canvas.current?.parentElement
    const click = (event: MouseEvent) => {
      const box = canvas.current?.getBoundingClientRect()
      if (box === undefined || event.clientY > box.bottom) return
      const across = (event.clientX - box.left) / box.width
      const point = { x: (mirrored ? 1 - across : across) * viewer.size.width, y: ((event.clientY - box.top) / box.height) * viewer.size.height }
      const cell = cellAt(point, map.grid)
      if (cell !== null && map.tissue?.[cell] === 1 && map.seen[cell] === 0) goTo(viewer, map, cell)
    }
    below?.addEventListener('click', click)
    return () => below?.removeEventListener('click', click)
  }, [viewer, map, mirrored])
  const ratio = window.devicePixelRatio || 1
  return (
    <canvas
      ref={canvas}
      className={memory.seen}
      width={Math.round(width * ratio)}
      height={Math.round(height * ratio)}
      style={{ width, height }}
      role="img"
      aria-label={t('memory.seenCanvas')}
    />
  )
}

/** "12 % of tissue not seen"; pressing it goes to the nearest place that was not. */
export function Unseen() {
  const { viewer } = useViewer()
  const found = memoryOf(viewer)
  return found === null ? null : <UnseenOf memory={found} viewer={viewer} />
}

function UnseenOf({ memory: remembered, viewer }: { memory: Memory; viewer: Viewer }) {
  const map = useSelected(remembered.map, (value) => value)
  if (map.problem !== null)
    return <ErrorNotice error={map.problem} title={t('memory.seenFailed')} compact onRetry={() => void remembered.load()} />
  if (map.tissue === null) return <p className={memory.unseen} role="status">{t('memory.seenLoading')}</p>
  const share = unseenShare(map.tissue, map.seen)
  if (share === null || share === 0)
    return <p className={memory.unseen} role="status">{t(share === null ? 'memory.noTissue' : 'memory.allSeen')}</p>
  const percent = wholePercent(share)
  const next = () => {
    const cell = map.tissue === null ? null : nearestUnseen(viewer.camera.get(), map.grid, viewer.size, map.tissue, map.seen)
    if (cell !== null) goTo(viewer, map, cell)
  }
  return (
    <button type="button" className={memory.unseen} title={t('memory.unseenGo', { percent })} onClick={next}>
      {t('memory.unseen', { percent })}
    </button>
  )
}

function goTo(viewer: Viewer, map: Map, cell: number): void {
  const resolution = Math.min(viewer.camera.get().resolution, seenFrom(viewer.slide))
  viewer.camera.glide({ ...middleOf(cell, map.grid, viewer.size), resolution })
}

function draw(canvas: HTMLCanvasElement, { grid, seen, tissue }: Map, slide: Extent, mirrored: boolean): void {
  const context = contextOf(canvas)
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, canvas.width, canvas.height)
  if (tissue === null) return
  if (mirrored) context.setTransform(-1, 0, 0, 1, canvas.width, 0)
  context.fillStyle = unseenColour()
  const across = (x: number) => Math.round((Math.min(x * grid.cellPx, slide.width) / slide.width) * canvas.width)
  const down = (y: number) => Math.round((Math.min(y * grid.cellPx, slide.height) / slide.height) * canvas.height)
  tissue.forEach((there, cell) => {
    if (there !== 1 || seen[cell] === 1) return
    const col = cell % grid.cols
    const row = Math.floor(cell / grid.cols)
    context.fillRect(across(col), down(row), across(col + 1) - across(col), down(row + 1) - down(row))
  })
}
