import { t } from '../../i18n'
import { pixelSize } from '../../model/slide'
import type { KeyAction } from '../../viewer/keyTable'
import { bookmarksShown } from './bookmarks'
import {
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
  NorthIcon,
  OverviewIcon,
  PanesIcon,
  PictureIcon,
  RulerIcon,
  StripIcon,
  TurnIcon,
  TurnLeftIcon,
} from './icons'
import { useViewer, useViewerState } from './OpenViewer'
import { preferences } from './preferences'
import { ToolButton } from './ToolButton'
import { useKeyNames } from './useKeyNames'
import { useSelected } from './useSelected'
import style from './viewer.module.css'

interface Props {
  run: (action: KeyAction) => void
  labelShown: boolean
  fullScreen: boolean
  stripShown: boolean
  sideBySide: boolean
  onSideBySide: () => void
}

export function Toolbar({ run, labelShown, fullScreen, stripShown, sideBySide, onSideBySide }: Props) {
  const { toolbox, viewer, slide } = useViewer()
  const active = useSelected(toolbox.state, (state) => state.active)
  const overview = useSelected(preferences, (value) => value.overview)
  const display = useSelected(preferences, (value) => value.display)
  const bookmarks = useSelected(bookmarksShown, (state) => state.list || state.adding)
  const turned = useViewerState((state) => state.camera.rotation !== 0 || state.camera.mirrored)
  const { nameOf } = useKeyNames()
  const magnifier = useSelected(viewer.magnifier.state, (state) => state.on)
  const scaled = pixelSize(slide) !== null
  const measure = scaled ? '' : ` · ${t('viewer.measureNeedsScale')}`
  return (
    <div className={style.tools} role="toolbar" aria-label={t('viewer.toolbar')}>
      <ToolButton label={t('viewer.ruler') + measure} keyName={nameOf('ruler')} pressed={active === 'ruler'} disabled={!scaled} onClick={() => run('ruler')}>
        <RulerIcon />
      </ToolButton>
      <ToolButton label={t('viewer.area') + measure} keyName={nameOf('area')} pressed={active === 'area'} disabled={!scaled} onClick={() => run('area')}>
        <AreaIcon />
      </ToolButton>
      <ToolButton label={t('fields.title') + measure} keyName={nameOf('fields')} pressed={active === 'fields'} disabled={!scaled} onClick={() => run('fields')}>
        <FieldsIcon />
      </ToolButton>
      <ToolButton label={t('magnifier.title')} keyName={nameOf('magnifier')} pressed={magnifier} onClick={() => viewer.magnifier.toggle()}>
        <MagnifierIcon />
      </ToolButton>
      <span className={style.divider} />
      <ToolButton label={t('viewer.rotateLeft')} keyName={nameOf('rotateLeft')} onClick={() => run('rotateLeft')}>
        <TurnLeftIcon />
      </ToolButton>
      <ToolButton label={t('viewer.rotateRight')} keyName={nameOf('rotateRight')} onClick={() => run('rotateRight')}>
        <TurnIcon />
      </ToolButton>
      <ToolButton label={t('viewer.flipHorizontal')} keyName={nameOf('flipHorizontal')} onClick={() => run('flipHorizontal')}>
        <FlipHorizontalIcon />
      </ToolButton>
      <ToolButton label={t('viewer.flipVertical')} keyName={nameOf('flipVertical')} onClick={() => run('flipVertical')}>
        <FlipVerticalIcon />
      </ToolButton>
      <ToolButton label={t('viewer.resetView')} keyName={nameOf('reset')} disabled={!turned} onClick={() => run('reset')}>
        <NorthIcon />
      </ToolButton>
      <span className={style.divider} />
      <ToolButton label={t('viewer.display')} keyName={nameOf('display')} pressed={display} onClick={() => run('display')}>
        <DisplayIcon />
      </ToolButton>
      <ToolButton label={t('viewer.overview')} keyName={nameOf('overview')} pressed={overview} onClick={() => run('overview')}>
        <OverviewIcon />
      </ToolButton>
      <ToolButton label={t('viewer.label')} keyName={nameOf('label')} pressed={labelShown} onClick={() => run('label')}>
        <LabelIcon />
      </ToolButton>
      <ToolButton label={t('memory.bookmarks')} pressed={bookmarks} onClick={() => run('bookmarks')}>
        <BookmarkIcon />
      </ToolButton>
      <ToolButton label={t('panes.strip')} keyName={nameOf('strip')} pressed={stripShown} onClick={() => run('strip')}>
        <StripIcon />
      </ToolButton>
      <ToolButton label={t('panes.sideBySide')} keyName={nameOf('panesMore')} pressed={sideBySide} onClick={onSideBySide}>
        <PanesIcon />
      </ToolButton>
      <span className={style.divider} />
      <ToolButton label={t('pictures.title')} keyName={nameOf('pictures')} onClick={() => run('pictures')}>
        <PictureIcon />
      </ToolButton>
      <ToolButton label={t('viewer.link')} keyName={nameOf('link')} onClick={() => run('link')}>
        <LinkIcon />
      </ToolButton>
      <ToolButton
        label={fullScreen ? t('viewer.leaveFullScreen') : t('viewer.fullScreen')}
        keyName={nameOf('fullScreen')}
        pressed={fullScreen}
        onClick={() => run('fullScreen')}
      >
        <FullScreenIcon />
      </ToolButton>
      <ToolButton label={t('viewer.help')} keyName={nameOf('help')} onClick={() => run('help')}>
        <KeysIcon />
      </ToolButton>
    </div>
  )
}
