import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'

const USUAL_UM = '10'

/** By how much areas grow or shrink. */
export function GrowForm({ onGrow, onClose }: { onGrow: (um: number) => void; onClose: () => void }) {
  const [typed, setTyped] = useState(USUAL_UM)
  const um = Number(typed.trim().replace(',', '.'))
  const bad = typed.trim() === '' || !Number.isFinite(um) || um === 0
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (!bad) onGrow(um)
  }
  return (
    <Dialog title={t('draw.command.grow')} onClose={onClose}>
      <form className={form.form} onSubmit={submit}>
        <label className={form.label}>
          {t('annotations.growBy')}
          <input data-autofocus className={input.input} inputMode="decimal" value={typed} aria-invalid={bad || undefined} onChange={(event) => setTyped(event.currentTarget.value)} />
          <span className={form.quiet}>{t('annotations.growHint')}</span>
        </label>
        <div className={form.foot}>
          <Button type="submit" disabled={bad}>
            {t('annotations.grow')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
