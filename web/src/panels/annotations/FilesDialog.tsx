import { Button } from '@mantine/core'
import { useState } from 'react'

import { importBesideFiles, listBesideFiles } from '../../api/exchange'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import { useAnnotations } from './context'
import { panel } from './panelState'
import style from './dialogs.module.css'

const MOST_SHOWN = 100
const close = (): void => panel.set({ dialog: null })

/** Annotation files that lie beside the slides of this project: offered all at once. */
export function FilesDialog() {
  const { slide } = useAnnotations()
  const [load] = useState(() => (signal: AbortSignal) => listBesideFiles(slide.project_id, signal))
  const { value: found, error } = useLoaded(load)
  const files = found?.items ?? null
  const [begun, setBegun] = useState(false)
  const task = useTask()
  return (
    <Dialog title={t('annotations.filesTitle')} onClose={close}>
      <div className={style.dialog}>
        {error !== null && <ErrorNotice compact error={error} />}
        {files === null && error === null && <p role="status">{t('annotations.reading')}</p>}
        {files?.length === 0 && <p>{t('annotations.noFiles')}</p>}
        {files !== null && files.length > 0 && !begun && (
          <>
            <p>
              <strong>{t('annotations.filesFound', { count: found?.total ?? 0 })}</strong>
            </p>
            <ul className={style.files}>
              {files.slice(0, MOST_SHOWN).map((one) => (
                <li key={`${one.slide_id} ${one.file_name}`}>
                  <span>{one.file_name}</span>
                  <small>{`${one.format} · ${one.slide_name}`}</small>
                </li>
              ))}
            </ul>
            {task.error !== null && <ErrorNotice compact error={task.error} />}
            <div className={form.foot}>
              <Button loading={task.busy} onClick={() => task.run(() => importBesideFiles(slide.project_id), () => setBegun(true))}>
                {t('annotations.filesImport', { count: found?.total ?? 0 })}
              </Button>
            </div>
          </>
        )}
        {begun && (
          <>
            <p className={form.good} role="status">
              {t('annotations.filesBegun')}
            </p>
            <div className={form.foot}>
              <Button onClick={close}>{t('viewer.close')}</Button>
            </div>
          </>
        )}
      </div>
    </Dialog>
  )
}
