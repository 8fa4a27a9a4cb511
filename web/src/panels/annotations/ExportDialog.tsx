import { Button } from '@mantine/core'
import { useState } from 'react'

import { type ExportFormat, EXPORT_FORMATS, saveExport } from '../../api/exchange'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useAnnotations, useDocument } from './context'
import { panel } from './panelState'
import style from './dialogs.module.css'

const close = (): void => panel.set({ dialog: null })

/** The annotations of the slide as a file that other programs read. */
export function ExportDialog() {
  const { slide } = useAnnotations()
  const layers = useDocument((state) => state.layers)
  const count = useDocument((state) => state.annotations.size)
  const unsaved = useDocument((state) => state.saving.kind !== 'saved')
  const [format, setFormat] = useState<ExportFormat>('qupath')
  const [layerId, setLayerId] = useState('')
  const shown = [...layers.values()].filter((one) => !one.deleted && one.kind !== 'overlay')
  return (
    <Dialog title={t('annotations.export')} onClose={close}>
      <form
        className={style.dialog}
        onSubmit={(event) => {
          event.preventDefault()
          saveExport(slide.slide_id, format, layerId === '' ? null : layerId)
          close()
        }}
      >
        <label className={form.label}>
          {t('annotations.what')}
          <select className={input.input} value={layerId} onChange={(event) => setLayerId(event.currentTarget.value)}>
            <option value="">{t('annotations.everything', { count })}</option>
            {shown.map((one) => (
              <option key={one.layer_id} value={one.layer_id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <fieldset className={style.formats}>
          <legend>{t('annotations.format')}</legend>
          {EXPORT_FORMATS.map((one) => (
            <label key={one} className={form.check}>
              <input type="radio" name="export-format" checked={format === one} onChange={() => setFormat(one)} />
              {t(`annotations.format.${one}`)}
            </label>
          ))}
        </fieldset>
        {unsaved && <p className={form.warning}>{t('annotations.exportUnsaved')}</p>}
        <div className={form.foot}>
          <Button type="submit">{t('annotations.exportNow')}</Button>
        </div>
      </form>
    </Dialog>
  )
}
