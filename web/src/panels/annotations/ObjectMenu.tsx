import { useState } from 'react'

import { t } from '../../i18n'
import type { Point } from '../../model/frame'
import { type CommandId, COMMANDS } from '../../tools/annotate/commands'
import { MenuFrame } from '../viewer/MenuFrame'
import { preferences } from '../viewer/preferences'
import { useKeyNames } from '../viewer/useKeyNames'
import style from '../viewer/SlideMenu.module.css'
import { rowsOf } from './classTree'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { GrowForm } from './GrowForm'
import { useNamed } from './guestName'
import { goTo } from './look'
import { panel } from './panelState'
import own from './draw.module.css'

/** What the paths of areas have done to them stands together, then copies, then what ends an object. */
const GROUPS: readonly (readonly CommandId[])[] = [
  ['merge', 'subtract', 'intersect', 'separate', 'fillHoles', 'simplify', 'grow'],
  ['duplicate', 'copy', 'paste'],
  ['selectAll', 'selectClass'],
  ['lock', 'unlock', 'remove'],
]
const KEY_OF = { duplicate: 'duplicate', copy: 'copy', paste: 'paste', selectAll: 'selectAll', remove: 'remove' } as const
const READING: ReadonlySet<CommandId> = new Set(['copy', 'selectAll', 'selectClass'])

/** The menu of what is selected: on a right click, a long press or Shift+F10. */
export function ObjectMenu({ at, onClose }: { at: Point; onClose: () => void }) {
  const { document, drawing, viewer } = useAnnotations()
  const selection = useDocument((state) => state.selection)
  const classes = useDocument((state) => state.classes)
  const can = useAbilities()
  const now = useNow()
  const named = useNamed()
  const { nameOf } = useKeyNames()
  const [growing, setGrowing] = useState(false)
  const first = document.get([...selection][0] ?? '')
  const changeable = now && drawing.commands.changeable().length > 0
  if (growing) {
    return (
      <GrowForm
        onGrow={(um) => {
          drawing.run('grow', um)
          onClose()
        }}
        onClose={onClose}
      />
    )
  }
  const run = (id: CommandId) => (): void => {
    if (id === 'grow') {
      setGrowing(true)
      return
    }
    onClose()
    named(() => void drawing.run(id))
  }
  const item = (key: string, label: string, act: () => void, keyName?: string) => (
    <button key={key} type="button" role="menuitem" tabIndex={-1} className={style.item} onClick={act}>
      <span>{label}</span>
      <kbd>{keyName}</kbd>
    </button>
  )
  const groups = GROUPS.map((group) => group.filter((id) => COMMANDS.includes(id) && (READING.has(id) || (now && can.draw)) && drawing.can(id))).filter((group) => group.length > 0)
  return (
    <MenuFrame at={at} label={t('annotations.menu')} onClose={onClose}>
      {changeable && (
        <div role="group" aria-label={t('annotations.column.class')} className={own.menuClasses}>
          {rowsOf([...classes.values()]).map(({ one }) => (
            <button
              key={one.class_id}
              type="button"
              role="menuitemradio"
              aria-checked={first?.class_id === one.class_id}
              tabIndex={-1}
              className={own.menuClass}
              onClick={() => {
                onClose()
                drawing.chooseClass(one.class_id)
              }}
            >
              <span className={own.swatch} style={{ backgroundColor: one.colour }} />
              {one.name}
            </button>
          ))}
        </div>
      )}
      {selection.size === 1 &&
        first !== undefined &&
        item('properties', t('annotations.properties'), () => {
          onClose()
          preferences.set({ annotations: true })
          panel.set({ tab: 'objects' })
        })}
      {item('show', t('annotations.showOnSlide'), () => {
        onClose()
        goTo(viewer, drawing.commands.selected().map((one) => one.geometry))
      })}
      {selection.size === 1 &&
        first !== undefined &&
        can.comment &&
        now &&
        item('comment', t('annotations.commentOnThis'), () => {
          onClose()
          named(() => {
            preferences.set({ annotations: true })
            panel.set({ tab: 'comments', commentOn: { kind: 'annotation', annotation_id: first.annotation_id } })
          })
        })}
      {groups.map((group, i) => (
        <div key={i} role="group">
          <hr className={style.line} />
          {group.map((id) => item(id, t(`draw.command.${id}`), run(id), id in KEY_OF ? nameOf(KEY_OF[id as keyof typeof KEY_OF]) : undefined))}
        </div>
      ))}
    </MenuFrame>
  )
}
