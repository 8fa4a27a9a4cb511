import { type ReactNode, useEffect, useState } from 'react'

import { t } from '../../i18n'
import { DRAW_TOOLS, type DrawToolId } from '../../tools/annotate/ids'
import { drawingSettings } from '../../tools/annotate/settings'
import type { KeyAction } from '../../viewer/keyTable'
import { preferences } from '../viewer/preferences'
import { ToolButton } from '../viewer/ToolButton'
import { useKeyNames } from '../viewer/useKeyNames'
import { useSelected } from '../viewer/useSelected'
import { rowsOf } from './classTree'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { BarIcon, ToolIcon } from './drawIcons'
import { DrawSettings } from './DrawSettings'
import { useNamed } from './guestName'
import { Popover } from './Popover'
import style from './draw.module.css'

const KEY_OF: Partial<Record<DrawToolId, KeyAction>> = {
  rectangle: 'drawRectangle',
  ellipse: 'drawEllipse',
  line: 'drawLine',
  arrow: 'drawArrow',
  polyline: 'drawPolyline',
  polygon: 'drawPolygon',
  brush: 'drawBrush',
  eraser: 'drawEraser',
  wand: 'drawWand',
  points: 'drawPoints',
  text: 'drawText',
  counting: 'count',
}

/** The tools one draws with, along the edge of the picture; folded they are one button. */
export function DrawBar() {
  const { document, drawing, toolbox } = useAnnotations()
  const can = useAbilities()
  const now = useNow()
  const unfolded = useSelected(preferences, (value) => value.drawBar)
  const tool = useSelected(drawing.state, (state) => state.tool)
  const measuring = useSelected(toolbox.state, (state) => state.active !== null)
  const open = useSelected(drawing.state, (state) => state.open)
  const canUndo = useDocument((state) => state.canUndo)
  const canRedo = useDocument((state) => state.canRedo)
  const hidden = useDocument((state) => state.hidden)
  const { nameOf } = useKeyNames()
  const named = useNamed()
  const coarse = useCoarse()
  if (!can.draw) return null
  const fold = unfolded ? t('annotations.foldTools') : t('annotations.unfoldTools')
  const foldButton = (
    <ToolButton label={fold} onClick={() => preferences.set({ drawBar: !unfolded })}>
      <BarIcon name={unfolded ? 'fold' : 'pen'} />
    </ToolButton>
  )
  if (!unfolded) {
    return (
      <div className={style.bar} data-folded>
        {foldButton}
      </div>
    )
  }
  return (
    <div className={style.bar} role="toolbar" aria-label={t('annotations.tools')} aria-orientation="vertical" data-unfolded>
      {foldButton}
      <ToolButton label={t('viewer.key.move')} keyName={nameOf('move')} pressed={tool === null && !measuring} onClick={() => toolbox.choose(null)}>
        <BarIcon name="move" />
      </ToolButton>
      {DRAW_TOOLS.map((id) => {
        const key = KEY_OF[id]
        return (
          <ToolButton
            key={id}
            label={t(`draw.tool.${id}`)}
            keyName={key === undefined ? undefined : nameOf(key)}
            pressed={tool === id}
            disabled={!now}
            onClick={() => named(() => toolbox.choose(id))}
          >
            <ToolIcon id={id} />
          </ToolButton>
        )
      })}
      <span className={style.divider} />
      <ClassButton />
      <Popover face={<BarIcon name="settings" />} label={t('annotations.drawSettings')} className={style.button}>
        {() => <DrawSettings />}
      </Popover>
      <span className={style.divider} />
      <ToolButton label={t('viewer.key.undo')} keyName={nameOf('undo')} disabled={!now || (!canUndo && !open)} onClick={() => toolbox.undo()}>
        <BarIcon name="undo" />
      </ToolButton>
      <ToolButton label={t('viewer.key.redo')} keyName={nameOf('redo')} disabled={!canRedo || !now} onClick={() => document.redo()}>
        <BarIcon name="redo" />
      </ToolButton>
      <ToolButton label={t('viewer.key.annotations')} keyName={nameOf('annotations')} pressed={!hidden} onClick={() => document.setHidden(!hidden)}>
        <BarIcon name="eye" />
      </ToolButton>
      {coarse && <TouchActs />}
    </div>
  )
}

/** What Shift, Alt, Enter and Backspace say, for hands that have no keys. */
function TouchActs() {
  const { drawing, toolbox } = useAnnotations()
  const joining = useSelected(drawingSettings, (value) => value.joining)
  const open = useSelected(drawing.state, (state) => state.open)
  const areas = useDocument((state) => state.selection.size === 1)
  const mode = (id: 'add' | 'subtract', label: string, icon: ReactNode) => (
    <ToolButton label={label} pressed={joining === id} onClick={() => drawingSettings.set({ joining: joining === id ? 'new' : id })}>
      {icon}
    </ToolButton>
  )
  return (
    <>
      {areas && mode('add', t('annotations.add'), <BarIcon name="add" />)}
      {areas && mode('subtract', t('annotations.subtract'), <BarIcon name="subtract" />)}
      {open && (
        <ToolButton label={t('annotations.finish')} onClick={() => toolbox.finish()}>
          <BarIcon name="check" />
        </ToolButton>
      )}
    </>
  )
}

/** The class that is drawn with. */
function ClassButton() {
  const { drawing } = useAnnotations()
  const classes = useDocument((state) => state.classes)
  const active = useDocument((state) => state.activeClass)
  const own = active === null ? undefined : classes.get(active)
  const name = own?.name ?? t('annotations.noClass')
  return (
    <Popover
      label={t('annotations.drawAs', { name })}
      className={style.button}
      face={<span className={style.swatch} data-none={own === undefined || undefined} style={own === undefined ? undefined : { backgroundColor: own.colour }} />}
    >
      {(close) => (
        <div className={style.classes}>
          {[null, ...rowsOf([...classes.values()])].map((row) => {
            const id = row?.one.class_id ?? null
            return (
              <button
                key={id ?? ''}
                type="button"
                aria-pressed={active === id}
                style={{ paddingInlineStart: 8 + (row?.depth ?? 0) * 14 }}
                onClick={() => {
                  drawing.chooseClass(id)
                  close()
                }}
              >
                <span className={style.swatch} data-none={row === null || undefined} style={row === null ? undefined : { backgroundColor: row.one.colour }} />
                <span>{row?.one.name ?? t('annotations.noClass')}</span>
                {row !== null && row.one.hotkey !== null && <kbd>{`⇧${row.one.hotkey}`}</kbd>}
              </button>
            )
          })}
        </div>
      )}
    </Popover>
  )
}

/** Whether fingers are at work here: also on a laptop whose screen was touched. */
function useCoarse(): boolean {
  const [coarse, setCoarse] = useState(() => window.matchMedia('(any-pointer: coarse)').matches)
  useEffect(() => {
    const query = window.matchMedia('(any-pointer: coarse)')
    const changed = (): void => setCoarse(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  return coarse
}
