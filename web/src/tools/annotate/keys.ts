/** What the keys of drawing do. */
import type { DrawingAction } from '../../viewer/keyTable'
import type { Toolbox } from '../toolbox'
import type { DrawToolId } from './ids'
import { resizeBrush } from './settings'

const SIZED: ReadonlySet<string | null> = new Set(['brush', 'eraser'])

/** Whether a key is the drawing's now; what is not goes on to the browser or to whatever else it means. */
export function wantsKey(action: DrawingAction, { drawing }: Toolbox): boolean {
  if (drawing === null) return false
  if (action === 'finish') return drawing.state.get().open
  // Whoever has marked words on the page wants those words.
  if (action === 'copy') return drawing.can('copy') && (window.getSelection()?.isCollapsed ?? true)
  return true
}

/** One size up or down for brush and eraser; false when neither is in hand. */
export function sizedByKey({ drawing }: Toolbox, direction: 1 | -1): boolean {
  if (drawing === null || !SIZED.has(drawing.state.get().tool)) return false
  resizeBrush(direction)
  return true
}

/** The keys and what they do; none does anything on a slide without annotations. */
export function drawingActions(toolbox: Toolbox): Readonly<Record<DrawingAction, () => void>> {
  const tool = (id: DrawToolId) => () => toolbox.choose(id)
  const { drawing } = toolbox
  const classKey = (key: number) => () => void drawing?.classByKey(key)
  return {
    drawPoints: tool('points'),
    drawLine: tool('line'),
    drawArrow: tool('arrow'),
    drawPolyline: tool('polyline'),
    drawRectangle: tool('rectangle'),
    drawEllipse: tool('ellipse'),
    drawPolygon: tool('polygon'),
    drawBrush: tool('brush'),
    drawEraser: tool('eraser'),
    drawWand: tool('wand'),
    drawText: tool('text'),
    count: tool('counting'),
    annotations: () => drawing?.document.setHidden(!drawing.document.state.get().hidden),
    peek: () => drawing?.document.setPeek(true),
    undo: () => toolbox.undo(),
    redo: () => drawing?.document.redo(),
    remove: () => toolbox.back(),
    finish: () => toolbox.finish(),
    selectAll: () => void drawing?.run('selectAll'),
    copy: () => void drawing?.run('copy'),
    paste: () => void drawing?.run('paste'),
    duplicate: () => void drawing?.run('duplicate'),
    class1: classKey(1),
    class2: classKey(2),
    class3: classKey(3),
    class4: classKey(4),
    class5: classKey(5),
    class6: classKey(6),
    class7: classKey(7),
    class8: classKey(8),
    class9: classKey(9),
  }
}
