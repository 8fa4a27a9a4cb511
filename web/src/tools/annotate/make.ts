/** Which tool stands behind which name. */
import { BrushTool } from './brush/brush'
import { roundPatches } from './brush/patches'
import { CornersTool } from './corners/corners'
import { CountingTool } from './counting/tool'
import { DragTool } from './drag/drag'
import type { Drawing } from './drawing'
import type { DrawToolId } from './ids'
import type { DrawTool } from './pen'
import { PointsTool } from './points/points'
import { SelectTool } from './select/select'
import { TextTool } from './text/text'
import { wandPatches } from './wand/wand'

export function makeTool(id: DrawToolId, board: Drawing): DrawTool {
  switch (id) {
    case 'select':
      return new SelectTool(board)
    case 'rectangle':
    case 'ellipse':
    case 'line':
    case 'arrow':
      return new DragTool(id, board)
    case 'polyline':
    case 'polygon':
      return new CornersTool(board, { id })
    case 'brush':
    case 'eraser':
      return new BrushTool(board, roundPatches(id))
    case 'wand':
      return new BrushTool(board, wandPatches(board))
    case 'points':
      return new PointsTool(board)
    case 'text':
      return new TextTool(board)
    case 'counting':
      return new CountingTool(board.counting)
    case 'split':
      return new CornersTool(board, {
        id,
        done: (line) => {
          if (line.kind === 'polyline') board.commands.split(line.points)
          board.putDown()
        },
      })
  }
}
