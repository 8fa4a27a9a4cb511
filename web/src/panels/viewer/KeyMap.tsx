import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { t } from '../../i18n'
import { chordOf, chosenKeys, refusalOf } from '../../viewer/keyChoice'
import { type KeyAction, type KeyBinding, type KeyGroup, KEYS } from '../../viewer/keyTable'
import type { Scrolling } from '../../viewer/wheel'
import { Dialog } from '../shell/Dialog'
import inputs from '../shell/Input.module.css'
import { saveKeys } from '../shell/personal'
import { useVisitor } from '../shell/session'
import { useStore } from '../shell/useStore'
import { preferences } from './preferences'
import { offered } from './useActions'
import { chordName, useKeyNames } from './useKeyNames'
import { useSelected } from './useSelected'
import dialog from './dialogs.module.css'
import piece from './pieces.module.css'

const GROUPS: readonly KeyGroup[] = ['zoom', 'move', 'turn', 'measure', 'draw', 'show', 'slides', 'panes']
const MOUSE = ['mouse.pan', 'mouse.zoom', 'mouse.rotate', 'mouse.double', 'touch.pan', 'touch.tap', 'touch.press'] as const
const SCROLLING: readonly Scrolling[] = ['auto', 'zoom', 'pan']
const MODIFIER = /^(Shift|Control|Alt|Meta|OS)/

interface Props {
  onClose: () => void
  onTour: () => void
}

/** Every key, from the table that the keys themselves come from; a person may give an action another one. */
export function KeyMap({ onClose, onTour }: Props) {
  const { keys, labelOf } = useKeyNames()
  const { chords } = useStore(chosenKeys)
  const visitor = useVisitor()
  const scrolling = useSelected(preferences, (value) => value.scrolling)
  const [changing, setChanging] = useState(false)
  const [waiting, setWaiting] = useState<KeyAction | null>(null)
  const [said, setSaid] = useState('')
  const nameOf = (action: KeyAction) => t(`viewer.key.${action}`)

  const save = (next: typeof chords, text: string): void => {
    setSaid(text)
    saveKeys(next).catch(() => setSaid(`${text} ${t('keys.onServerOnly')}`))
  }
  const take = (action: KeyAction, key: { code: string; shift: boolean }): void => {
    const chord = chordOf(key)
    const refusal = refusalOf(KEYS, chords, action, chord)
    const values = { action: nameOf(action), key: chordName(key, labelOf) }
    if (refusal === null) {
      const own = KEYS.find((binding) => binding.action === action)
      const others = Object.fromEntries(Object.entries(chords).filter(([name]) => name !== action))
      save(own !== undefined && chordOf(own) === chord ? others : { ...others, [action]: chord }, t('keys.changed', values))
    } else if (refusal.why === 'taken') setSaid(t('keys.taken', { key: values.key, other: nameOf(refusal.by) }))
    else setSaid(t(`keys.${refusal.why}`))
  }
  useNextKey(waiting, (action, key) => {
    setWaiting(null)
    if (key === null) setSaid('')
    else take(action, key)
  })

  // What has a second key, on the number pad say, is named by its first.
  const rows = keys
    .filter((binding, i) => keys.findIndex(({ action }) => action === binding.action) === i)
    .filter(({ action, group }) => !visitor || (offered(action) && group !== 'draw'))
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <div className={dialog.keyTools}>
        {/* Chosen keys are kept with an account, and the tour speaks of more than a visitor has. */}
        {!visitor && (
          <Button size="compact-sm" variant="default" onClick={() => setChanging(!changing)}>
            {changing ? t('keys.done') : t('keys.change')}
          </Button>
        )}
        {changing && Object.keys(chords).length > 0 && (
          <Button size="compact-sm" variant="default" onClick={() => save({}, t('keys.allReset'))}>
            {t('keys.resetAll')}
          </Button>
        )}
        {!changing && !visitor && (
          <Button size="compact-sm" variant="default" onClick={onTour}>
            {t('menu.tour')}
          </Button>
        )}
        <p role="status" className={dialog.keySaid}>
          {waiting === null ? said : t('keys.pressOf', { action: nameOf(waiting) })}
        </p>
      </div>
      <div className={dialog.keyMap}>
        {GROUPS.filter((group) => rows.some((binding) => binding.group === group)).map((group) => (
          <section key={group}>
            <h3>{t(`viewer.keys.${group}`)}</h3>
            <dl>
              {rows
                .filter((binding) => binding.group === group)
                .map((binding) => (
                  <div key={chordOf(binding)}>
                    <dt>{nameOf(binding.action)}</dt>
                    <dd>
                      {changing && binding.fixed !== true ? (
                        <button
                          type="button"
                          className={dialog.keyButton}
                          aria-pressed={waiting === binding.action}
                          onClick={() => {
                            setSaid('')
                            setWaiting(binding.action)
                          }}
                        >
                          {waiting === binding.action ? t('keys.press') : <KeyName binding={binding} labelOf={labelOf} />}
                          <span className="cs-unseen">{t('keys.changeOne', { action: nameOf(binding.action) })}</span>
                        </button>
                      ) : (
                        <KeyName binding={binding} labelOf={labelOf} />
                      )}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{t('viewer.keys.mouse')}</h3>
          <ul>
            {MOUSE.map((gesture) => (
              <li key={gesture}>{t(`viewer.${gesture}`)}</li>
            ))}
          </ul>
          <label className={dialog.field}>
            {t('viewer.scrolling')}
            <select
              className={inputs.small}
              value={scrolling}
              onChange={(event) => preferences.set({ scrolling: scrollingOf(event.currentTarget.value) })}
            >
              {SCROLLING.map((choice) => (
                <option key={choice} value={choice}>
                  {t(`viewer.scrolling.${choice}`)}
                </option>
              ))}
            </select>
          </label>
        </section>
      </div>
      <p className={piece.quiet}>{t('viewer.keys.position')}</p>
    </Dialog>
  )
}

function scrollingOf(value: string): Scrolling {
  return SCROLLING.find((choice) => choice === value) ?? 'auto'
}

/** Hand the next key that is pressed to `done`; Escape gives null. Nothing else hears it. */
function useNextKey(
  waiting: KeyAction | null,
  done: (action: KeyAction, key: { code: string; shift: boolean } | null) => void,
): void {
  useEffect(() => {
    if (waiting === null) return undefined
    const press = (event: KeyboardEvent) => {
      event.preventDefault()
      event.stopPropagation()
      if (MODIFIER.test(event.code)) return
      done(waiting, event.code === 'Escape' ? null : { code: event.code, shift: event.shiftKey })
    }
    window.addEventListener('keydown', press, { capture: true })
    return () => window.removeEventListener('keydown', press, { capture: true })
  })
}

function KeyName({ binding, labelOf }: { binding: KeyBinding; labelOf: (code: string) => string }) {
  if (binding.action === 'help') return <kbd>?</kbd>
  return (
    <>
      {binding.holds === true && `${t('keys.hold')} `}
      {binding.ctrl === true && <kbd>{t('viewer.keys.ctrl')}</kbd>}
      {binding.shift === true && <kbd>{t('viewer.keys.shift')}</kbd>}
      <kbd>{labelOf(binding.code)}</kbd>
    </>
  )
}
