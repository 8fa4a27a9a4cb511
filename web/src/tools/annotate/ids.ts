/** The order is that of the toolbar. */
export const DRAW_TOOLS = [
  'select',
  'rectangle',
  'ellipse',
  'line',
  'arrow',
  'polyline',
  'polygon',
  'brush',
  'eraser',
  'wand',
  'points',
  'text',
  'split',
  'counting',
] as const

export type DrawToolId = (typeof DRAW_TOOLS)[number]

export function isDrawTool(id: string | null): id is DrawToolId {
  return (DRAW_TOOLS as readonly (string | null)[]).includes(id)
}
