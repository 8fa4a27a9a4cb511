import { Button } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'

import { changeSlide, type SlideDetail } from '../../api/slides'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import inputs from '../shell/Input.module.css'
import dialog from './dialogs.module.css'
import piece from './pieces.module.css'

interface Props {
  slide: SlideDetail
  onClose: () => void
  onChanged: (slide: SlideDetail) => void
}

/** Lets a person say how large a pixel is where the file does not. */
export function ScaleDialog({ slide, onClose, onChanged }: Props) {
  const [value, setValue] = useState(slide.mpp_x === null ? '' : String(slide.mpp_x))
  const [error, setError] = useState<unknown>(null)
  const [saving, setSaving] = useState(false)
  const mpp = Number(value.replace(',', '.'))
  const valid = Number.isFinite(mpp) && mpp > 0.001 && mpp < 1000

  const save = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!valid) return
    setSaving(true)
    setError(null)
    changeSlide(slide.slide_id, { mpp })
      .then((changed) => {
        onChanged(changed)
        onClose()
      }, setError)
      .finally(() => setSaving(false))
  }

  return (
    <Dialog title={t('viewer.scaleTitle')} onClose={onClose}>
      <form className={dialog.form} onSubmit={save}>
        <p>{t('viewer.scaleText')}</p>
        <label className={dialog.field}>
          {t('viewer.scaleField')}
          <input
            type="text"
            className={inputs.small}
            inputMode="decimal"
            autoComplete="off"
            autoFocus
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
          />
        </label>
        <p className={piece.quiet}>{t('viewer.scaleHint')}</p>
        {error !== null && <ErrorNotice error={error} compact />}
        <div className={dialog.formEnd}>
          <Button variant="default" onClick={onClose}>
            {t('viewer.cancel')}
          </Button>
          <Button type="submit" disabled={!valid} loading={saving}>
            {t('viewer.scaleSave')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
