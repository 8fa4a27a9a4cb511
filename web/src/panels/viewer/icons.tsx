import type { ReactNode } from 'react'

/** Line icons on a 20 x 20 grid; they say nothing by themselves, the button around them is labelled. */
function icon(shape: ReactNode) {
  return function Icon() {
    return (
      <svg
        width="20"
        height="20"
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {shape}
      </svg>
    )
  }
}

export const BackIcon = icon(<path d="M12 4 6 10l6 6" />)
export const PreviousIcon = icon(<path d="m11.5 6-4 4 4 4" />)
export const NextIcon = icon(<path d="m8.5 6 4 4-4 4" />)
export const RulerIcon = icon(
  <>
    <path d="m3 13 10-10 4 4L7 17z" />
    <path d="m6 10 1.5 1.5M8.5 7.5l2 2M11 5l1.5 1.5" />
  </>,
)
export const AnnotationsIcon = icon(
  <>
    <path d="M3.5 5.5c3-3 7-2 7.5 1s-3 4-1.5 6.5 4 1 5-1" />
    <path d="m12.5 15.5 4-4 1.5 1.5-4 4-2 .5z" />
  </>,
)
export const AreaIcon = icon(
  <>
    <path d="m4 7 6-3 6 4-2 8-8-1z" />
    <circle cx="4" cy="7" r="1.1" fill="currentColor" />
    <circle cx="10" cy="4" r="1.1" fill="currentColor" />
    <circle cx="16" cy="8" r="1.1" fill="currentColor" />
    <circle cx="14" cy="16" r="1.1" fill="currentColor" />
    <circle cx="6" cy="15" r="1.1" fill="currentColor" />
  </>,
)
export const TurnIcon = icon(
  <>
    <path d="M15.5 11A5.7 5.7 0 1 1 13 5.4" />
    <path d="M13.5 2.5v3.2h-3.2" />
  </>,
)
export const TurnLeftIcon = icon(
  <>
    <path d="M4.5 11A5.7 5.7 0 1 0 7 5.4" />
    <path d="M6.5 2.5v3.2h3.2" />
  </>,
)
export const FlipHorizontalIcon = icon(
  <>
    <path d="M10 3v14" strokeDasharray="2 2.4" />
    <path d="M7.5 6v8l-5 0zM12.5 6v8l5 0z" />
  </>,
)
export const FlipVerticalIcon = icon(
  <>
    <path d="M3 10h14" strokeDasharray="2 2.4" />
    <path d="M6 7.5h8l0-5zM6 12.5h8l0 5z" />
  </>,
)
export const NorthIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="m10 5.5 2 4.5h-4z" fill="currentColor" />
  </>,
)
export const LabelIcon = icon(
  <>
    <rect x="3" y="5" width="14" height="10" rx="1.5" />
    <path d="M6 8h3M6 11h3M12 7.8v4.6M14 7.8v4.6" />
  </>,
)
export const OverviewIcon = icon(
  <>
    <rect x="3" y="4" width="14" height="12" rx="1.5" />
    <rect x="9.5" y="9" width="5" height="4.5" rx=".6" />
  </>,
)
export const DisplayIcon = icon(
  <>
    <path d="M4 6h5M13 6h3M4 14h3M11 14h5" />
    <circle cx="11" cy="6" r="2" />
    <circle cx="9" cy="14" r="2" />
  </>,
)
export const PictureIcon = icon(
  <>
    <path d="M3 7.5A1.5 1.5 0 0 1 4.5 6H6.5l1.3-2h4.4l1.3 2h2A1.5 1.5 0 0 1 17 7.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5z" />
    <circle cx="10" cy="10.8" r="2.8" />
  </>,
)
export const LinkIcon = icon(
  <>
    <path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.4-2.4a3 3 0 0 0-4.3-4.3l-1 1" />
    <path d="M11.5 8.5a3 3 0 0 0-4.3 0l-2.4 2.4a3 3 0 0 0 4.3 4.3l1-1" />
  </>,
)
export const ShareIcon = icon(
  <>
    <path d="M10 12.5V3.5M7 6l3-3 3 3" />
    <path d="M6.5 9H4.5v7.5h11V9h-2" />
  </>,
)
export const FullScreenIcon = icon(<path d="M4 7.5V4h3.5M12.5 4H16v3.5M16 12.5V16h-3.5M7.5 16H4v-3.5" />)
export const KeysIcon = icon(
  <>
    <rect x="2.5" y="5" width="15" height="10" rx="1.6" />
    <path d="M5.5 8h.1M8.5 8h.1M11.5 8h.1M14.5 8h.1M6.5 12h7" />
  </>,
)
export const CloseIcon = icon(<path d="m5.5 5.5 9 9M14.5 5.5l-9 9" />)
export const PickIcon = icon(
  <>
    <rect x="3" y="3.5" width="9" height="9" rx="1.4" />
    <path d="M15 7.5v9M10.5 12h9" transform="translate(-1.5 1)" />
  </>,
)
export const PanesIcon = icon(
  <>
    <rect x="2.5" y="4" width="15" height="12" rx="1.5" />
    <path d="M10 4v12" />
  </>,
)
export const StripIcon = icon(
  <>
    <rect x="2.5" y="5.5" width="15" height="9" rx="1.3" />
    <path d="M7.5 5.5v9M12.5 5.5v9" />
  </>,
)
export const LockIcon = icon(
  <>
    <rect x="4.5" y="9" width="11" height="7.5" rx="1.4" />
    <path d="M7 9V6.8a3 3 0 0 1 6 0V9" />
  </>,
)
export const UnlockIcon = icon(
  <>
    <rect x="4.5" y="9" width="11" height="7.5" rx="1.4" />
    <path d="M7 9V6.8a3 3 0 0 1 5.8-1.1" />
  </>,
)
export const AlignIcon = icon(
  <>
    <circle cx="6.5" cy="6.5" r="3" />
    <circle cx="13.5" cy="13.5" r="3" />
    <path d="m8.7 8.7 2.6 2.6" />
  </>,
)
export const FlickerIcon = icon(
  <>
    <path d="M3 6.5h11M11 3.5l3 3-3 3" />
    <path d="M17 13.5H6M9 10.5l-3 3 3 3" />
  </>,
)
export const BookmarkIcon = icon(<path d="M6 3.5h8v13l-4-3-4 3z" />)
export const EditIcon = icon(<path d="m4 16 .8-3.2L13 4.6l2.4 2.4L7.2 15.2z" />)
export const TrashIcon = icon(<path d="M4.5 6h11M8 6V4h4v2M6 6l.7 10h6.6L14 6" />)
export const PlayIcon = icon(<path d="m7 4.5 8 5.5-8 5.5z" fill="currentColor" />)
export const PauseIcon = icon(<path d="M7 5v10M13 5v10" strokeWidth="2.4" />)
export const SeenIcon = icon(
  <>
    <path d="M2.5 10s2.7-5 7.5-5 7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5z" />
    <circle cx="10" cy="10" r="2.2" />
  </>,
)
export const MoreIcon = icon(<path d="M5 10h.01M10 10h.01M15 10h.01" strokeWidth="2.6" />)
export const FieldsIcon = icon(
  <>
    <circle cx="7.5" cy="8" r="4.5" />
    <path d="M11 11h6v6h-6z" />
  </>,
)
export const MagnifierIcon = icon(
  <>
    <circle cx="8.5" cy="8.5" r="5" />
    <path d="M12.2 12.2 17 17M8.5 6.3v4.4M6.3 8.5h4.4" />
  </>,
)
