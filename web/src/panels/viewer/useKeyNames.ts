import { useEffect, useState } from 'react'

import { t } from '../../i18n'
import { chosenKeys } from '../../viewer/keyChoice'
import { keyLabels, keysInUse } from '../../viewer/keys'
import type { KeyAction, KeyBinding } from '../../viewer/keyTable'
import { useStore } from '../shell/useStore'

let known: Promise<(code: string) => string> | null = null

/** What stands on the keys of this keyboard, and the keys as this person has them. */
export function useKeyNames(): { keys: readonly KeyBinding[]; labelOf: (code: string) => string; nameOf: (action: KeyAction) => string } {
  const [labelOf, setLabelOf] = useState<(code: string) => string>(() => (code: string) => code.replace(/^(Key|Digit)/, ''))
  useStore(chosenKeys)
  useEffect(() => {
    let here = true
    known ??= keyLabels()
    void known.then((labels) => {
      if (here) setLabelOf(() => labels)
    })
    return () => {
      here = false
    }
  }, [])
  const keys = keysInUse()
  const nameOf = (action: KeyAction): string => {
    const binding = keys.find((one) => one.action === action)
    if (binding === undefined) return ''
    return action === 'help' ? '?' : chordName(binding, labelOf)
  }
  return { keys, labelOf, nameOf }
}

/** "Shift+F" as people say it. */
export function chordName(
  key: { code: string; shift?: boolean | undefined; ctrl?: boolean | undefined },
  labelOf: (code: string) => string,
): string {
  return `${key.ctrl === true ? `${t('viewer.keys.ctrl')}+` : ''}${key.shift === true ? `${t('viewer.keys.shift')}+` : ''}${labelOf(key.code)}`
}
