import type { DrawToolId } from '../../tools/annotate/ids'

const TOOLS: Record<DrawToolId, string> = {
  select: 'M3.5 3.5h3M9 3.5h2M13.5 3.5h3v3M16.5 9v2M16.5 13.5v3h-3M11 16.5H9M6.5 16.5h-3v-3M3.5 11V9M3.5 6.5v-3',
  rectangle: 'M3 5h14v10H3z',
  ellipse: 'M10 4.5c4 0 7 2.5 7 5.5s-3 5.5-7 5.5S3 13 3 10s3-5.5 7-5.5z',
  line: 'M4 16 16 4',
  arrow: 'M4 16 16 4M9.5 4H16v6.500',
  polyline: 'm3 15 4.500-8 4.500 6L17 4',
  polygon: 'm10 3 7 5-2.600 8.500H5.600L3 8z',
  brush: 'M16.500 3.500 9 11M8.500 10.500c-2 0-3.200 1.200-3.400 3.200-.100 1.300-.900 2.100-2.100 2.600 1 .500 2.500.700 4 .400 2-.400 3.200-2 2.900-4.200z',
  eraser: 'm8.500 4.500 7 7-4.500 4.500H7L3.500 12.500zM5.800 7.300l7 7M11 16h6',
  wand: 'm4 16 8-8M14 3v3M17 6h-3M14 6l2.500 2.500M11.500 3.500 14 6',
  points: 'M5 6.500h.01M14 5h.01M9.500 11h.01M15.500 13.500h.01M5.500 15.500h.01',
  text: 'M4 6V4h12v2M10 4v12M7.500 16h5',
  split: 'M4 4h5v12H4zM11 4h5v12h-5M10 2v16',
  counting: 'M4 4h12v12H4zM7 8h.01M12.500 7h.01M8 12.500h.01M13 12h.01',
}

const BARS = {
  fold: 'm12 5-5 5 5 5M15.500 4v12',
  pen: 'M3.500 16.500l1-4L13.500 3.500l3 3-9 9zM11.500 5.500l3 3',
  move: 'M10 2.500v15M2.500 10h15M7.500 5 10 2.500 12.500 5M7.500 15l2.500 2.500 2.500-2.500M5 7.500 2.500 10 5 12.500M15 7.500l2.500 2.500-2.500 2.500',
  settings: 'M3.500 6h7M14.500 6h2M3.500 14h2M9.500 14h7M12.500 4v4M7.500 12v4',
  undo: 'M7 4 3.500 7.500 7 11M4 7.500h7.500a4.500 4.500 0 0 1 0 9H8',
  redo: 'm13 4 3.500 3.500L13 11M16 7.500H8.500a4.500 4.500 0 0 0 0 9H12',
  eye: 'M2.500 10s2.700-5 7.500-5 7.500 5 7.500 5-2.700 5-7.500 5-7.500-5-7.500-5zM10 12.200a2.200 2.200 0 1 1 0-4.400 2.200 2.200 0 0 1 0 4.400z',
  add: 'M4 4h8v4h4v8H8v-4H4zM14.500 2v4M12.500 4h4',
  subtract: 'M4 4h8v4H8v4H4zM12.500 4h4',
  check: 'm4 10.500 4 4 8-9',
} as const

function Line({ path, thick = false }: { path: string; thick?: boolean }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth={thick ? 3 : 1.6} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  )
}

/** The sign of a drawing tool; the button around it is labelled. */
export function ToolIcon({ id }: { id: DrawToolId }) {
  return <Line path={TOOLS[id]} thick={id === 'points'} />
}

export function BarIcon({ name }: { name: keyof typeof BARS }) {
  return <Line path={BARS[name]} />
}
