import { Button } from '@mantine/core'
import { useState } from 'react'

import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useSelected } from '../viewer/useSelected'
import { useAnnotations } from './context'

const LONGEST = 1000

/** The words of a text on the slide. */
export function TextPrompt() {
  const { drawing } = useAnnotations()
  const asking = useSelected(drawing.state, (state) => state.asking)
  return asking === null ? null : <Prompt key={`${asking.at[0]} ${asking.at[1]}`} before={asking.text} onWrite={(text) => drawing.write(text)} />
}

function Prompt({ before, onWrite }: { before: string; onWrite: (text: string | null) => void }) {
  const [text, setText] = useState(before)
  return (
    <Dialog title={t('draw.tool.text')} onClose={() => onWrite(null)}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault()
          onWrite(text)
        }}
      >
        <label className={form.label}>
          {t('annotations.words')}
          <textarea data-autofocus className={input.input} rows={2} maxLength={LONGEST} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        </label>
        <div className={form.foot}>
          <Button type="submit" disabled={text.trim() === ''}>
            {t('annotations.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
