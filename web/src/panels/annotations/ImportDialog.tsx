import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import { type Frame, importFile, type ImportReport, previewImport } from '../../api/exchange'
import { isAbort } from '../../api/problem'
import { formatBytes, formatCount, t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useTask } from '../shell/useTask'
import { useAnnotations, useDocument } from './context'
import { ImportPreview } from './ImportPreview'
import { formatText } from './formats'
import { panel } from './panelState'
import style from './dialogs.module.css'

const close = (): void => panel.set({ dialog: null })

/** Take annotations out of a file: what it holds and where it goes is shown before anything is kept. */
export function ImportDialog() {
  const { slide } = useAnnotations()
  const [file, setFile] = useState<File | null>(null)
  const [frame, setFrame] = useState<Frame | 'auto'>('auto')
  const [layerId, setLayerId] = useState('')
  const [report, setReport] = useState<ImportReport | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [done, setDone] = useState<ImportReport | null>(null)
  const task = useTask()
  const picker = useRef<HTMLInputElement>(null)
  const choice = { format: 'auto', frame, ...(layerId === '' ? {} : { layer_id: layerId }) }

  useEffect(() => {
    if (file === null) return undefined
    const controller = new AbortController()
    previewImport(slide.slide_id, file, { format: 'auto', frame }, controller.signal).then(
      (found) => {
        setReport(found)
        setError(null)
      },
      (failure: unknown) => {
        if (isAbort(failure)) return
        setReport(null)
        setError(failure)
      },
    )
    return () => controller.abort()
  }, [slide.slide_id, file, frame])

  const take = (chosen: File | undefined): void => {
    if (chosen === undefined) return
    setReport(null)
    setError(null)
    setFrame('auto')
    setFile(chosen)
  }
  return (
    <Dialog wide title={t('annotations.import')} onClose={close}>
      {done !== null ? (
        <div className={style.dialog}>
          <p className={form.good} role="status">
            {t(done.goes_to === 'result' ? 'annotations.importedResult' : 'annotations.imported', { count: done.counts.objects })}
          </p>
          <Losses report={done} />
          <div className={form.foot}>
            <Button onClick={close}>{t('viewer.close')}</Button>
          </div>
        </div>
      ) : (
        <div
          className={style.dialog}
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault()
            take(event.dataTransfer.files[0])
          }}
        >
          <input ref={picker} type="file" hidden aria-label={t('annotations.chooseFile')} onChange={(event) => take(event.currentTarget.files?.[0])} />
          <div className={style.drop} data-filled={file !== null || undefined}>
            <p>{file === null ? t('annotations.importText') : `${file.name} · ${formatBytes(file.size)}`}</p>
            <button type="button" className={style.act} data-autofocus onClick={() => picker.current?.click()}>
              {file === null ? t('annotations.chooseFile') : t('annotations.otherFile')}
            </button>
          </div>
          {file === null && <p className={form.quiet}>{t('annotations.importFormats')}</p>}
          {file !== null && report === null && error === null && <p role="status">{t('annotations.reading')}</p>}
          {error !== null && <ErrorNotice compact error={error} title={t('annotations.importRefused')} />}
          {report !== null && (
            <div className={style.two}>
              <div className={style.report}>
                <p>
                  <strong>{t('annotations.found', { count: report.counts.objects, format: formatText(report.format) })}</strong>
                </p>
                <Counts report={report} />
                <Classes report={report} />
                <p className={form.note}>{t(report.goes_to === 'result' ? 'annotations.goesToResult' : 'annotations.goesToDrawn')}</p>
                {report.goes_to === 'drawn' && <LayerChoice value={layerId} onChange={setLayerId} />}
                <fieldset className={style.frame}>
                  <legend>{t('annotations.frame')}</legend>
                  {(['full', 'cropped'] as const).map((one) => (
                    <label key={one} className={form.check}>
                      <input type="radio" name="import-frame" checked={(frame === 'auto' ? report.frame : frame) === one} onChange={() => setFrame(one)} />
                      <span>
                        {t(`annotations.frame.${one}`)}
                        <small>{t(`annotations.frame.${one}Text`)}</small>
                      </span>
                    </label>
                  ))}
                </fieldset>
                <Losses report={report} />
              </div>
              <ImportPreview geometries={report.preview} total={report.counts.objects} />
            </div>
          )}
          {task.error !== null && <ErrorNotice compact error={task.error} title={t('annotations.importFailed')} />}
          <div className={form.foot}>
            <Button variant="default" onClick={close}>
              {t('annotations.cancel')}
            </Button>
            <Button
              disabled={report === null || report.counts.objects === 0}
              loading={task.busy}
              onClick={() => file !== null && task.run(() => importFile(slide.slide_id, file, choice), setDone)}
            >
              {t('annotations.importNow')}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

function Counts({ report }: { report: ImportReport }) {
  const kinds = Object.entries(report.counts).filter(([kind, count]) => kind !== 'objects' && count > 0)
  if (kinds.length < 2) return null
  return <p className={form.quiet}>{kinds.map(([kind, count]) => `${formatCount(count)} ${kind}`).join(', ')}</p>
}

function Classes({ report: { classes } }: { report: ImportReport }) {
  if (classes.length === 0) return null
  return (
    <ul className={style.found} aria-label={t('annotations.tab.classes')}>
      {classes.map((one) => (
        <li key={one.name}>
          <span className={style.swatch} style={one.colour === null ? undefined : { backgroundColor: one.colour }} />
          {one.name}
          <span className={form.quiet}>
            {formatCount(one.count)}
            {!one.known && ` · ${t('annotations.newClass')}`}
          </span>
        </li>
      ))}
    </ul>
  )
}

function LayerChoice({ value, onChange }: { value: string; onChange: (layerId: string) => void }) {
  const layers = useDocument((state) => state.layers)
  const drawn = [...layers.values()].filter((one) => one.kind === 'drawn' && !one.deleted && !one.locked)
  if (drawn.length === 0) return null
  return (
    <label className={form.label}>
      {t('annotations.intoLayer')}
      <select className={input.input} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{t('annotations.newLayer')}</option>
        {drawn.map((one) => (
          <option key={one.layer_id} value={one.layer_id}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  )
}

function Losses({ report: { lost } }: { report: ImportReport }) {
  if (lost.length === 0) return <p className={form.quiet}>{t('annotations.nothingLost')}</p>
  return (
    <div className={form.warning}>
      <p>{t('annotations.lost')}</p>
      <ul>
        {lost.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </div>
  )
}
