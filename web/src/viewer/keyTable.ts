/**
 * Every key of the viewer in one table: the dispatcher and the key map shown on `?` both read it. Keys are
 * physical positions (`event.code`), so that they lie in the same place on every keyboard layout.
 *
 * The drawing tools have QuPath's letters (R O L P V B W and the full stop); Shift+1 to 9 are classes. Keys with
 * Ctrl are Cmd on a Mac, and the same for everybody.
 */
export type KeyAction =
  | DrawingAction
  | 'objective1' | 'objective2' | 'objective4' | 'objective10' | 'objective20' | 'objective40'
  | 'fit' | 'zoomIn' | 'zoomOut'
  | 'panLeft' | 'panRight' | 'panUp' | 'panDown'
  | 'fieldLeft' | 'fieldRight' | 'fieldUp' | 'fieldDown' | 'drag' | 'move'
  | 'rotateLeft' | 'rotateRight' | 'turnLeft' | 'turnRight' | 'flipHorizontal' | 'flipVertical' | 'reset'
  | 'planeUp' | 'planeDown' | 'timeBack' | 'timeForward'
  | 'ruler' | 'area' | 'fields' | 'magnifier' | 'cancel'
  | 'overview' | 'label' | 'display' | 'colour' | 'readout' | 'identity'
  | 'seen' | 'bookmark' | 'bookmarks'
  | 'pictures' | 'link' | 'fullScreen' | 'previous' | 'next' | 'menu' | 'help'
  | 'strip' | 'panesMore' | 'panesFewer' | 'panePrevious' | 'paneNext' | 'panePick' | 'lock' | 'align' | 'flicker'

/** What keys ask of the drawing on a slide; nothing happens where nothing can be drawn. */
export type DrawingAction =
  | 'drawPoints' | 'drawLine' | 'drawArrow' | 'drawPolyline' | 'drawRectangle' | 'drawEllipse' | 'drawPolygon'
  | 'drawBrush' | 'drawEraser' | 'drawWand' | 'drawText' | 'count'
  | 'annotations' | 'peek' | 'undo' | 'redo' | 'remove' | 'finish'
  | 'selectAll' | 'copy' | 'paste' | 'duplicate'
  | `class${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`

export type KeyGroup = 'move' | 'zoom' | 'turn' | 'measure' | 'draw' | 'show' | 'slides' | 'panes'

export interface KeyBinding {
  action: KeyAction
  group: KeyGroup
  code: string
  shift?: boolean
  /** With Ctrl, or Cmd on a Mac. */
  ctrl?: boolean
  /** Works while the key is held down. */
  repeats?: boolean
  /** Does something for as long as the key is down. */
  holds?: boolean
  /** The same for everybody: people rely on it to get out. */
  fixed?: boolean
}

const DRAWING: ReadonlySet<string> = new Set([
  'annotations', 'peek', 'undo', 'redo', 'remove', 'finish', 'selectAll', 'copy', 'paste', 'duplicate', 'count',
])

/** Whether an action is the drawing's. */
export function isDrawingAction(action: KeyAction): action is DrawingAction {
  return DRAWING.has(action) || /^(draw|class)/.test(action)
}

export const KEYS: readonly KeyBinding[] = [
  { action: 'objective1', group: 'zoom', code: 'Digit1' },
  { action: 'objective2', group: 'zoom', code: 'Digit2' },
  { action: 'objective4', group: 'zoom', code: 'Digit3' },
  { action: 'objective10', group: 'zoom', code: 'Digit4' },
  { action: 'objective20', group: 'zoom', code: 'Digit5' },
  { action: 'objective40', group: 'zoom', code: 'Digit6' },
  { action: 'fit', group: 'zoom', code: 'Digit0' },
  { action: 'zoomIn', group: 'zoom', code: 'Equal', repeats: true },
  { action: 'zoomIn', group: 'zoom', code: 'NumpadAdd', repeats: true },
  { action: 'zoomOut', group: 'zoom', code: 'Minus', repeats: true },
  { action: 'zoomOut', group: 'zoom', code: 'NumpadSubtract', repeats: true },
  { action: 'panLeft', group: 'move', code: 'ArrowLeft', repeats: true },
  { action: 'panRight', group: 'move', code: 'ArrowRight', repeats: true },
  { action: 'panUp', group: 'move', code: 'ArrowUp', repeats: true },
  { action: 'panDown', group: 'move', code: 'ArrowDown', repeats: true },
  { action: 'fieldLeft', group: 'move', code: 'ArrowLeft', shift: true, repeats: true },
  { action: 'fieldRight', group: 'move', code: 'ArrowRight', shift: true, repeats: true },
  { action: 'fieldUp', group: 'move', code: 'ArrowUp', shift: true, repeats: true },
  { action: 'fieldDown', group: 'move', code: 'ArrowDown', shift: true, repeats: true },
  { action: 'drag', group: 'move', code: 'Space', holds: true },
  { action: 'move', group: 'move', code: 'KeyM' },
  { action: 'planeUp', group: 'move', code: 'PageUp', shift: true, repeats: true },
  { action: 'planeDown', group: 'move', code: 'PageDown', shift: true, repeats: true },
  { action: 'timeBack', group: 'move', code: 'BracketLeft', shift: true, repeats: true },
  { action: 'timeForward', group: 'move', code: 'BracketRight', shift: true, repeats: true },
  { action: 'rotateLeft', group: 'turn', code: 'Semicolon' },
  { action: 'rotateRight', group: 'turn', code: 'Quote' },
  { action: 'turnLeft', group: 'turn', code: 'Comma', shift: true, repeats: true },
  { action: 'turnRight', group: 'turn', code: 'Period', shift: true, repeats: true },
  { action: 'flipHorizontal', group: 'turn', code: 'KeyH', shift: true },
  { action: 'flipVertical', group: 'turn', code: 'KeyV', shift: true },
  { action: 'reset', group: 'turn', code: 'KeyX' },
  { action: 'ruler', group: 'measure', code: 'KeyQ' },
  { action: 'area', group: 'measure', code: 'KeyA' },
  { action: 'fields', group: 'measure', code: 'KeyT' },
  { action: 'drawRectangle', group: 'draw', code: 'KeyR' },
  { action: 'drawEllipse', group: 'draw', code: 'KeyO' },
  { action: 'drawLine', group: 'draw', code: 'KeyL' },
  { action: 'drawArrow', group: 'draw', code: 'KeyK' },
  { action: 'drawPolygon', group: 'draw', code: 'KeyP' },
  { action: 'drawPolyline', group: 'draw', code: 'KeyV' },
  { action: 'drawBrush', group: 'draw', code: 'KeyB' },
  { action: 'drawEraser', group: 'draw', code: 'KeyD' },
  { action: 'drawWand', group: 'draw', code: 'KeyW' },
  { action: 'drawPoints', group: 'draw', code: 'Period' },
  { action: 'drawText', group: 'draw', code: 'KeyT', shift: true },
  { action: 'count', group: 'draw', code: 'KeyN', shift: true },
  { action: 'finish', group: 'draw', code: 'Enter', fixed: true },
  { action: 'undo', group: 'draw', code: 'KeyZ', ctrl: true, fixed: true, repeats: true },
  { action: 'redo', group: 'draw', code: 'KeyZ', ctrl: true, shift: true, fixed: true, repeats: true },
  { action: 'redo', group: 'draw', code: 'KeyY', ctrl: true, fixed: true, repeats: true },
  { action: 'remove', group: 'draw', code: 'Delete', fixed: true },
  { action: 'remove', group: 'draw', code: 'Backspace', fixed: true },
  { action: 'selectAll', group: 'draw', code: 'KeyA', ctrl: true, fixed: true },
  { action: 'copy', group: 'draw', code: 'KeyC', ctrl: true, fixed: true },
  { action: 'paste', group: 'draw', code: 'KeyV', ctrl: true, fixed: true },
  { action: 'duplicate', group: 'draw', code: 'KeyD', ctrl: true, fixed: true },
  { action: 'annotations', group: 'draw', code: 'KeyA', shift: true },
  { action: 'peek', group: 'draw', code: 'KeyH', holds: true },
  { action: 'class1', group: 'draw', code: 'Digit1', shift: true, fixed: true },
  { action: 'class2', group: 'draw', code: 'Digit2', shift: true, fixed: true },
  { action: 'class3', group: 'draw', code: 'Digit3', shift: true, fixed: true },
  { action: 'class4', group: 'draw', code: 'Digit4', shift: true, fixed: true },
  { action: 'class5', group: 'draw', code: 'Digit5', shift: true, fixed: true },
  { action: 'class6', group: 'draw', code: 'Digit6', shift: true, fixed: true },
  { action: 'class7', group: 'draw', code: 'Digit7', shift: true, fixed: true },
  { action: 'class8', group: 'draw', code: 'Digit8', shift: true, fixed: true },
  { action: 'class9', group: 'draw', code: 'Digit9', shift: true, fixed: true },
  { action: 'cancel', group: 'measure', code: 'Escape', fixed: true },
  { action: 'overview', group: 'show', code: 'KeyO', shift: true },
  { action: 'label', group: 'show', code: 'KeyL', shift: true },
  { action: 'display', group: 'show', code: 'KeyC' },
  { action: 'colour', group: 'show', code: 'KeyC', shift: true },
  { action: 'readout', group: 'show', code: 'KeyI' },
  { action: 'seen', group: 'show', code: 'KeyM', shift: true },
  { action: 'bookmark', group: 'show', code: 'KeyB', shift: true },
  { action: 'identity', group: 'show', code: 'KeyI', shift: true },
  { action: 'magnifier', group: 'show', code: 'KeyG', holds: true },
  { action: 'fullScreen', group: 'show', code: 'KeyF', shift: true },
  { action: 'menu', group: 'show', code: 'F10', shift: true, fixed: true },
  { action: 'menu', group: 'show', code: 'ContextMenu', fixed: true },
  { action: 'help', group: 'show', code: 'Slash', shift: true, fixed: true },
  { action: 'previous', group: 'slides', code: 'PageUp' },
  { action: 'next', group: 'slides', code: 'PageDown' },
  { action: 'strip', group: 'slides', code: 'KeyS' },
  { action: 'pictures', group: 'slides', code: 'KeyE' },
  { action: 'link', group: 'slides', code: 'KeyU' },
  { action: 'panesMore', group: 'panes', code: 'Backslash' },
  { action: 'panesFewer', group: 'panes', code: 'Backslash', shift: true },
  { action: 'panePrevious', group: 'panes', code: 'BracketLeft' },
  { action: 'paneNext', group: 'panes', code: 'BracketRight' },
  { action: 'panePick', group: 'panes', code: 'KeyN' },
  { action: 'lock', group: 'panes', code: 'KeyY' },
  { action: 'align', group: 'panes', code: 'KeyY', shift: true },
  { action: 'flicker', group: 'panes', code: 'KeyF', holds: true },
]
