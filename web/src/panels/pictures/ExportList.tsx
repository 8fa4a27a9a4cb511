import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { exportFileUrl, type ExportOut, listExports, removeExport, saveAddress } from '../../api/exports'
import { isAbort } from '../../api/problem'
import { formatBytes, formatDate, formatPercent, t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useSelected } from '../viewer/useSelected'
import { exportsChanged, tellExports } from './exportsStore'
import style from './pictures.module.css'

const AGAIN_MS = 1500
const RESTING_MS = 15_000

/** One's own exports, how far they are, and their files. */
export function ExportList({ quietWhenEmpty = false }: { quietWhenEmpty?: boolean }) {
  const changed = useSelected(exportsChanged, (state) => state.count)
  const [items, setItems] = useState<ExportOut[] | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      listExports(controller.signal).then(
        (found) => {
          setItems(found)
          setError(null)
          timer = setTimeout(look, found.some(isOpen) ? AGAIN_MS : RESTING_MS)
        },
        (failure: unknown) => {
          if (isAbort(failure)) return
          setError(failure)
          timer = setTimeout(look, RESTING_MS)
        },
      )
    }
    look()
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [changed])
  const remove = (one: ExportOut): void => {
    removeExport(one.export_id).then(tellExports, setError)
  }
  if (items?.length === 0 && quietWhenEmpty && error === null) return null
  return (
    <section className={style.exports} aria-label={t('exports.title')}>
      {quietWhenEmpty && <h3>{t('exports.title')}</h3>}
      {error !== null && <ErrorNotice error={error} compact />}
      {items?.length === 0 && <p className={style.hint}>{t('exports.none')}</p>}
      <ul>
        {items?.map((one) => (
          <Item key={one.export_id} one={one} onRemove={() => remove(one)} />
        ))}
      </ul>
    </section>
  )
}

function Item({ one, onRemove }: { one: ExportOut; onRemove: () => void }) {
  const open = isOpen(one)
  const name = one.file_name
  return (
    <li className={style.export}>
      <div className={style.exportName}>
        <strong title={name}>{name}</strong>
        <span data-failed={one.state === 'failed' || undefined}>{stateOf(one)}</span>
        {open && <progress value={one.progress} max={1} aria-label={t('exports.progress', { name })} />}
      </div>
      {one.state === 'done' && (
        <Button size="compact-sm" aria-label={t('exports.downloadOf', { name })} onClick={() => saveAddress(exportFileUrl(one.export_id))}>
          {t('exports.download')}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        aria-label={open ? t('exports.cancelOf', { name }) : t('exports.removeOf', { name })}
        onClick={onRemove}
      >
        {open ? t('exports.cancel') : t('exports.remove')}
      </Button>
    </li>
  )
}

function isOpen(one: ExportOut): boolean {
  return one.state === 'queued' || one.state === 'running'
}

function stateOf(one: ExportOut): string {
  if (one.state === 'failed') return t('exports.state.failed', { reason: one.error_message ?? '' })
  if (one.state === 'running') return t('exports.state.running', { share: formatPercent(one.progress) })
  if (one.state === 'queued') return t('exports.state.queued')
  const until = one.expires_at === null ? '' : formatDate(one.expires_at)
  return t('exports.state.done', { size: formatBytes(one.size_bytes ?? 0), until })
}
