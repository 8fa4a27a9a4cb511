import { Button } from '@mantine/core'
import { useState } from 'react'

import { type Frame, listFormats, saveExport } from '../../api/exchange'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useLoaded } from '../shell/useLoaded'
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
  const { value: all, error, again } = useLoaded(listFormats)
  const [name, setName] = useState('qupath')
  const [frame, setFrame] = useState<Frame | null>(null)
  const [layerId, setLayerId] = useState('')
  const formats = (all ?? []).filter((one) => one.exported)
  const format = formats.find((one) => one.name === name) ?? formats[0]
  const meant = frame ?? format?.frame ?? 'full'
  const shown = [...layers.values()].filter((one) => !one.deleted && one.kind === 'drawn')
  return (
    <Dialog title={t('annotations.exportTitle')} onClose={close}>
      <form
        className={style.dialog}
        onSubmit={(event) => {
          event.preventDefault()
          if (format === undefined) return
          saveExport(slide.slide_id, format.name, meant, layerId === '' ? null : layerId)
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
        {error !== null && <ErrorNotice compact error={error} onRetry={again} />}
        <fieldset className={style.formats}>
          <legend>{t('annotations.format')}</legend>
          {formats.map((one) => (
            <label key={one.name} className={form.check}>
              <input type="radio" name="export-format" checked={format?.name === one.name} onChange={() => setName(one.name)} />
              {one.title}
            </label>
          ))}
        </fieldset>
        <label className={form.label}>
          {t('annotations.frame')}
          <select className={input.input} value={meant} onChange={(event) => setFrame(event.currentTarget.value === 'cropped' ? 'cropped' : 'full')}>
            <option value="full">{t('annotations.frame.full')}</option>
            <option value="cropped">{t('annotations.frame.cropped')}</option>
          </select>
        </label>
        {unsaved && <p className={form.warning}>{t('annotations.exportUnsaved')}</p>}
        <div className={form.foot}>
          <Button type="submit" disabled={format === undefined}>
            {t('annotations.exportNow')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
