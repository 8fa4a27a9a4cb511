import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import { type Frame, importFile, type ImportReport, previewImport } from '../../api/exchange'
import { isAbort } from '../../api/problem'
import { formatBytes, t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useTask } from '../shell/useTask'
import { useAnnotations } from './context'
import { ImportPreview } from './ImportPreview'
import { Losses, WhatIsInside } from './ImportReport'
import { panel } from './panelState'
import style from './dialogs.module.css'

const close = (): void => panel.set({ dialog: null })

/** Take annotations out of a file: what it holds and where it goes is shown before anything is kept. */
export function ImportDialog() {
  const { slide } = useAnnotations()
  const [file, setFile] = useState<File | null>(null)
  const [frame, setFrame] = useState<Frame | null>(null)
  const [name, setName] = useState('')
  const [own, setOwn] = useState(false)
  const [report, setReport] = useState<ImportReport | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [done, setDone] = useState<ImportReport | null>(null)
  const task = useTask()
  const picker = useRef<HTMLInputElement>(null)

  useEffect(() => {
    if (file === null) return undefined
    const controller = new AbortController()
    previewImport(slide.slide_id, file, { frame, layer_name: '', visibility: 'project' }, controller.signal).then(
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
    setFrame(null)
    setFile(chosen)
  }
  const begin = (): void => {
    if (file === null) return
    task.run(() => importFile(slide.slide_id, file, { frame, layer_name: name.trim(), visibility: own ? 'private' : 'project' }), setDone)
  }
  if (done !== null) {
    return (
      <Dialog title={t('annotations.importTitle')} onClose={close}>
        <div className={style.dialog}>
          <p className={form.good} role="status">
            {t('annotations.imported', { count: done.objects })}
          </p>
          <WhatIsInside report={done} />
          <Losses report={done} />
          <div className={form.foot}>
            <Button onClick={close}>{t('viewer.close')}</Button>
          </div>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog wide={report !== null} title={t('annotations.importTitle')} onClose={close}>
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
              <WhatIsInside report={report} />
              {report.goes.some((one) => one.kind === 'drawn') && (
                <>
                  <label className={form.label}>
                    {t('annotations.layerName')}
                    <input className={input.input} value={name} maxLength={100} placeholder={report.goes.find((one) => one.kind === 'drawn')?.name} onChange={(event) => setName(event.currentTarget.value)} />
                  </label>
                  <label className={form.check}>
                    <input type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
                    {t('annotations.layerPrivate')}
                  </label>
                </>
              )}
              <FrameChoice value={frame ?? report.frame} onChange={setFrame} />
              <Losses report={report} />
            </div>
            <ImportPreview geometries={report.preview} total={report.objects} />
          </div>
        )}
        {task.error !== null && <ErrorNotice compact error={task.error} title={t('annotations.importFailed')} />}
        <div className={form.foot}>
          <Button variant="default" onClick={close}>
            {t('annotations.cancel')}
          </Button>
          <Button disabled={report === null || report.objects === 0} loading={task.busy} onClick={begin}>
            {t('annotations.importNow')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}

function FrameChoice({ value, onChange }: { value: Frame; onChange: (frame: Frame) => void }) {
  return (
    <fieldset className={style.frame}>
      <legend>{t('annotations.frame')}</legend>
      {(['full', 'cropped'] as const).map((one) => (
        <label key={one} className={form.check}>
          <input type="radio" name="import-frame" checked={value === one} onChange={() => onChange(one)} />
          <span>
            {t(`annotations.frame.${one}`)}
            <small>{t(`annotations.frame.${one}Text`)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
