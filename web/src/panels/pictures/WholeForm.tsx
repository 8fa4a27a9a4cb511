import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { type Estimate, estimateExport, type ExportIn, startExport } from '../../api/exports'
import { isAbort } from '../../api/problem'
import { formatBytes, formatDimensions, t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useViewer } from '../viewer/OpenViewer'
import { Pick } from './Choice'
import { tellExports } from './exportsStore'
import style from './pictures.module.css'

const KINDS = ['ome-tiff', 'ome-zarr'] as const
const QUALITIES = ['auto', 'lossless'] as const

/** The whole slide as one pyramid, written by the server while one goes on working. */
export function WholeForm({ identityOff }: { identityOff: boolean }) {
  const { slide } = useViewer()
  const [kind, setKind] = useState<(typeof KINDS)[number]>('ome-tiff')
  const [quality, setQuality] = useState<(typeof QUALITIES)[number]>('auto')
  const [found, setFound] = useState<{ key: string; estimate: Estimate } | null>(null)
  const [busy, setBusy] = useState(false)
  const [started, setStarted] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const lossless = quality === 'lossless' || kind === 'ome-zarr'
  const key = `${kind}|${lossless}`
  const estimate = found?.key === key ? found.estimate : null

  useEffect(() => {
    const controller = new AbortController()
    estimateExport(slide.slide_id, wanted(kind, lossless, true), controller.signal).then(
      (value) => setFound({ key: `${kind}|${lossless}`, estimate: value }),
      (failure: unknown) => {
        if (!isAbort(failure)) setError(failure)
      },
    )
    return () => controller.abort()
  }, [slide.slide_id, kind, lossless])

  const start = (): void => {
    setBusy(true)
    setError(null)
    startExport(slide.slide_id, wanted(kind, lossless, !identityOff))
      .then(() => {
        setStarted(true)
        tellExports()
      }, setError)
      .finally(() => setBusy(false))
  }

  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault()
        start()
      }}
    >
      <Pick
        legend={t('pictures.format')}
        options={KINDS.map((value) => ({ value, label: t(`pictures.format.${value}`) }))}
        value={kind}
        onChange={setKind}
      />
      {kind === 'ome-tiff' && slide.rgb && (
        <Pick
          legend={t('pictures.quality')}
          options={QUALITIES.map((value) => ({ value, label: t(`pictures.quality.${value}`) }))}
          value={quality}
          onChange={setQuality}
        />
      )}
      <p className={style.size} role="status">
        {started ? t('pictures.started') : estimate === null ? t('pictures.measuring') : sentence(estimate)}
      </p>
      {estimate !== null && !estimate.fits && (
        <p className={style.problem}>{t('pictures.noRoom', { free: formatBytes(estimate.free_bytes) })}</p>
      )}
      {error !== null && <ErrorNotice error={error} compact />}
      <div className={style.end}>
        <Button type="submit" loading={busy} disabled={estimate?.fits !== true}>
          {t('pictures.start')}
        </Button>
      </div>
    </form>
  )
}

function wanted(kind: ExportIn['kind'], lossless: boolean, identity: boolean): ExportIn {
  return lossless ? { kind, lossless, identity } : { kind, identity }
}

function sentence(estimate: Estimate): string {
  return t('pictures.levels', {
    size: formatDimensions(estimate.width, estimate.height),
    levels: estimate.levels,
    bytes: formatBytes(estimate.estimated_bytes),
  })
}
