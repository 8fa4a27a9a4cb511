const PATHS = {
  search: 'M10.5 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13zm4.7-1.8L21 21',
  grid: 'M4 4h6.5v6.5H4zM13.5 4H20v6.5h-6.5zM4 13.5h6.5V20H4zM13.5 13.5H20V20h-6.5z',
  table: 'M3.5 5h17v14h-17zM3.5 9.7h17M3.5 14.3h17M9 9.7V19',
  folder: 'M3.5 18.5v-12h6l2 2.5h9v9.5z',
  folders: 'M3.5 17.5v-11h5.5l2 2.5h9.5v8.5zM6 20.5h15',
  info: 'M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM12 11v5.5M12 7.5v.3',
  close: 'M6 6l12 12M18 6L6 18',
  person: 'M12 12a4 4 0 1 1 0-8 4 4 0 0 1 0 8zM4.5 20.5c.7-3.8 3.7-6 7.5-6s6.8 2.2 7.5 6',
  share: 'M12 15V4M8 8l4-4 4 4M8 11H5.5v9h13v-9H16',
  group: 'M9 11.5a3.5 3.5 0 1 1 0-7 3.5 3.5 0 0 1 0 7zM2.5 19c.6-3.2 3.1-5 6.5-5s5.9 1.8 6.5 5M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.4c2 .7 3.2 2.3 3.6 4.6',
  down: 'M6.5 9.5L12 15l5.5-5.5',
  right: 'M9.5 6.5L15 12l-5.5 5.5',
  warning: 'M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.3',
  offline: 'M4 4l16 16M8.5 8.3A6 6 0 0 0 7 19h10.5M10.8 7.2A6 6 0 0 1 17.9 11a4 4 0 0 1 2.6 6.3',
  clock: 'M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM12 7v5.3l3.3 2',
  link: 'M9.5 14.5l5-5M8 11.5l-2.5 2.5a3.5 3.5 0 0 0 5 5L13 16.5M11 7.5L13.5 5a3.5 3.5 0 0 1 5 5L16 12.5',
  download: 'M12 4v11M7.5 10.5L12 15l4.5-4.5M4.5 19.5h15',
  plus: 'M12 5v14M5 12h14',
  left: 'M14.5 6.5L9 12l5.5 5.5',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  filter: 'M4 6h16M7 12h10M10.5 18h3',
  columns: 'M3.5 5h17v14h-17zM9.2 5v14M14.8 5v14',
  case: 'M3.5 8h17v11.5h-17zM8.5 8V4.5h7V8M3.5 13h17',
  bookmark: 'M7 4h10v16l-5-4-5 4z',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.3 10.5v6M13.7 10.5v6',
  edit: 'M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5',
  move: 'M4 12h15M13 6l6 6-6 6',
  copy: 'M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.7v4.6M9 14.7v4.6',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  file: 'M6 3.5h8l4 4v13H6zM14 3.5v4h4',
  pause: 'M9 5.5v13M15 5.5v13',
  play: 'M8 5.5l11 6.5-11 6.5z',
  lock: 'M5.5 11h13v9h-13zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  unlock: 'M5.5 11h13v9h-13zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2',
  comment: 'M4 5.5h16v11h-8.5L7 20.5v-4H4z',
  up: 'M6.5 14.5L12 9l5.5 5.5',
} as const

export type IconName = keyof typeof PATHS

/** A small line drawing; what it means is said in words beside it or in its control's label. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
