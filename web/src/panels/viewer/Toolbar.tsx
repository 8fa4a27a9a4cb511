import { type ReactNode, useRef, useState } from 'react'

import { t } from '../../i18n'
import type { Point } from '../../model/frame'
import { pixelSize } from '../../model/slide'
import type { KeyAction } from '../../viewer/keyTable'
import { bookmarksShown } from './bookmarks'
import {
  AnnotationsIcon,
  AreaIcon,
  BookmarkIcon,
  DisplayIcon,
  FieldsIcon,
  FlipHorizontalIcon,
  FlipVerticalIcon,
  FullScreenIcon,
  KeysIcon,
  LabelIcon,
  LinkIcon,
  MagnifierIcon,
  MoreIcon,
  NorthIcon,
  OverviewIcon,
  PanesIcon,
  PictureIcon,
  RulerIcon,
  ShareIcon,
  StripIcon,
  TurnIcon,
  TurnLeftIcon,
} from './icons'
import { MenuFrame } from './MenuFrame'
import { useViewer, useViewerState } from './OpenViewer'
import { preferences } from './preferences'
import menu from './SlideMenu.module.css'
import { ToolButton } from './ToolButton'
import style from './toolbar.module.css'
import { offered } from './useActions'
import { useFitting } from './useFitting'
import { useKeyNames } from './useKeyNames'
import { useSelected } from './useSelected'

interface Props {
  run: (action: KeyAction) => void
  labelShown: boolean
  fullScreen: boolean
  stripShown: boolean
  sideBySide: boolean
  onSideBySide: () => void
  /** Only for whoever manages the slide. */
  onShare: (() => void) | null
}

interface Tool {
  action?: KeyAction
  label: string
  icon: ReactNode
  keyName?: string | undefined
  /** For tools that stay pressed. */
  pressed?: boolean
  disabled?: boolean
  act: () => void
}

/** The tools in one line; those that find no room in it are behind its last button. */
export function Toolbar(props: Props) {
  // Null is a divider: each group but the first has one before it.
  const groups = useTools(props).map((group) => group.filter(({ action }) => action === undefined || offered(action)))
  const cells = groups.flatMap((group, i) => (i === 0 ? group : [null, ...group]))
  const line = useRef<HTMLDivElement>(null)
  const fitting = useFitting(line)
  const rest = cells.slice(Math.min(fitting, cells.length)).filter((cell) => cell !== null)
  return (
    <div className={style.tools} role="toolbar" aria-label={t('viewer.toolbar')}>
      <div ref={line} className={style.line}>
        {cells.map((cell, i) => {
          // A divider goes with the tool behind it.
          if (cell === null) return <span key={i} className={style.divider} data-cut={i + 1 >= fitting || undefined} />
          const { icon, act, label, keyName, pressed, disabled } = cell
          return (
            <span key={i} className={style.tool} data-cut={i >= fitting || undefined}>
              <ToolButton label={label} keyName={keyName} pressed={pressed} disabled={disabled} onClick={act}>
                {icon}
              </ToolButton>
            </span>
          )
        })}
      </div>
      {rest.length > 0 && <MoreTools tools={rest} />}
    </div>
  )
}

function MoreTools({ tools }: { tools: readonly Tool[] }) {
  const [at, setAt] = useState<Point | null>(null)
  const opener = useRef<HTMLSpanElement>(null)
  const close = (): void => setAt(null)
  const toggle = (): void => {
    const box = opener.current?.getBoundingClientRect()
    setAt(at === null && box !== undefined ? { x: box.left, y: box.bottom + 4 } : null)
  }
  return (
    <>
      <span ref={opener} className={style.tool}>
        <ToolButton label={t('viewer.moreTools')} expanded={at !== null} onClick={toggle}>
          <MoreIcon />
        </ToolButton>
      </span>
      {at !== null && (
        <MenuFrame at={at} label={t('viewer.moreTools')} opener={opener} onClose={close}>
          {tools.map(({ label, icon, keyName, pressed, disabled = false, act }) => (
            <button
              key={label}
              type="button"
              role={pressed === undefined ? 'menuitem' : 'menuitemcheckbox'}
              {...(pressed === undefined ? {} : { 'aria-checked': pressed })}
              aria-disabled={disabled || undefined}
              tabIndex={-1}
              className={menu.item}
              onClick={() => {
                if (disabled) return
                close()
                act()
              }}
            >
              <span className={menu.named}>
                {icon}
                {label}
              </span>
              {pressed === true ? <span aria-hidden="true">✓</span> : <kbd>{keyName}</kbd>}
            </button>
          ))}
        </MenuFrame>
      )}
    </>
  )
}

function useTools({ run, labelShown, fullScreen, stripShown, sideBySide, onSideBySide, onShare }: Props): Tool[][] {
  const { toolbox, viewer, slide } = useViewer()
  const active = useSelected(toolbox.state, (state) => state.active)
  const overview = useSelected(preferences, (value) => value.overview)
  const display = useSelected(preferences, (value) => value.display)
  const annotations = useSelected(preferences, (value) => value.annotations)
  const bookmarks = useSelected(bookmarksShown, (state) => state.list || state.adding)
  const turned = useViewerState((state) => state.camera.rotation !== 0 || state.camera.mirrored)
  const { nameOf } = useKeyNames()
  const magnifier = useSelected(viewer.magnifier.state, (state) => state.on)
  const scaled = pixelSize(slide) !== null
  const measure = scaled ? '' : ` · ${t('viewer.measureNeedsScale')}`
  const tool = (action: KeyAction, label: string, icon: ReactNode, more: Partial<Tool> = {}): Tool => ({
    action,
    label,
    icon,
    keyName: nameOf(action),
    act: () => run(action),
    ...more,
  })
  const measuring = (action: 'ruler' | 'area' | 'fields', label: string, icon: ReactNode): Tool =>
    tool(action, label + measure, icon, { pressed: active === action, disabled: !scaled })
  return [
    [
      measuring('ruler', t('viewer.ruler'), <RulerIcon />),
      measuring('area', t('viewer.area'), <AreaIcon />),
      measuring('fields', t('fields.title'), <FieldsIcon />),
      tool('magnifier', t('magnifier.title'), <MagnifierIcon />, { pressed: magnifier, act: () => viewer.magnifier.toggle() }),
    ],
    [
      tool('rotateLeft', t('viewer.rotateLeft'), <TurnLeftIcon />),
      tool('rotateRight', t('viewer.rotateRight'), <TurnIcon />),
      tool('flipHorizontal', t('viewer.flipHorizontal'), <FlipHorizontalIcon />),
      tool('flipVertical', t('viewer.flipVertical'), <FlipVerticalIcon />),
      tool('reset', t('viewer.resetView'), <NorthIcon />, { disabled: !turned }),
    ],
    [
      {
        label: t('annotations.title'),
        icon: <AnnotationsIcon />,
        pressed: annotations,
        act: () => preferences.set({ annotations: !annotations }),
      },
      tool('display', t('viewer.display'), <DisplayIcon />, { pressed: display }),
      tool('overview', t('viewer.overview'), <OverviewIcon />, { pressed: overview }),
      tool('label', t('viewer.label'), <LabelIcon />, { pressed: labelShown }),
      tool('bookmarks', t('memory.bookmarks'), <BookmarkIcon />, { pressed: bookmarks, keyName: undefined }),
      tool('strip', t('panes.strip'), <StripIcon />, { pressed: stripShown }),
      tool('panesMore', t('panes.sideBySide'), <PanesIcon />, { pressed: sideBySide, act: onSideBySide }),
    ],
    [
      tool('pictures', t('pictures.title'), <PictureIcon />),
      tool('link', t('viewer.link'), <LinkIcon />),
      ...(onShare === null ? [] : [{ label: t('shares.open'), icon: <ShareIcon />, act: onShare }]),
      tool('fullScreen', fullScreen ? t('viewer.leaveFullScreen') : t('viewer.fullScreen'), <FullScreenIcon />, {
        pressed: fullScreen,
      }),
      tool('help', t('viewer.help'), <KeysIcon />),
    ],
  ]
}
