import { ActionIcon, Button } from '@mantine/core'

import { formatBytes, formatDuration, formatPercent, t } from '../../i18n'
import type { UploadItem } from '../../model/upload/queue'
import { uploads } from '../../model/upload/uploads'
import { slidePath } from '../../shell/routes'
import { sentence } from '../shell/ErrorNotice'
import { Link } from '../shell/Link'
import { Icon } from '../shell/icons'
import style from './Uploads.module.css'

/** One slide on its way: how far, how fast, how long still, and what can be done. */
export function UploadRow({ item }: { item: UploadItem }) {
  const { key, name, state } = item
  const running = state === 'sending' || state === 'queued'
  const over = state === 'done' || state === 'duplicate' || state === 'failed'
  return (
    <li className={style.row}>
      <div className={style.rowText}>
        <span className={style.name}>{name}</span>
        {(running || state === 'paused') && (
          <progress
            className={style.progress}
            aria-label={t('upload.progress', { name })}
            value={item.sent}
            max={Math.max(1, item.size)}
          />
        )}
        <span className={state === 'failed' ? style.bad : style.quiet}>{wordsFor(item)}</span>
      </div>
      {running && <Action icon="pause" label={t('upload.pause', { name })} onClick={() => uploads.pause(key)} />}
      {state === 'paused' && (
        <Action icon="play" label={t('upload.resume', { name })} onClick={() => uploads.resume(key)} />
      )}
      {state !== 'registering' && (
        <Action
          icon="close"
          label={over ? t('upload.forget', { name }) : t('upload.cancel', { name })}
          onClick={() => (over ? uploads.forget(key) : void uploads.cancel(key))}
        />
      )}
      {over && (item.slideId !== null || state === 'failed') && (
        <div className={style.rowActions}>
          {item.slideId !== null && (
            <Link
              href={slidePath(item.slideId)}
              className={style.link}
              aria-label={state === 'done' ? t('imports.openSlideOf', { name }) : t('imports.openSameOf', { name })}
            >
              {t('imports.openSlide')}
            </Link>
          )}
          {state === 'duplicate' && (
            <Button
              size="sm"
              variant="default"
              className={style.action}
              aria-label={t('imports.keepOf', { name })}
              onClick={() => void uploads.again(key, true)}
            >
              {t('imports.keep')}
            </Button>
          )}
          {state === 'failed' && (
            <Button
              size="sm"
              variant="default"
              className={style.action}
              aria-label={t('imports.retryOf', { name })}
              onClick={() => (item.error === null ? void uploads.again(key, false) : uploads.resume(key))}
            >
              {t('imports.retry')}
            </Button>
          )}
        </div>
      )}
    </li>
  )
}

function Action({ icon, label, onClick }: { icon: 'pause' | 'play' | 'close'; label: string; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" size={44} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </ActionIcon>
  )
}

function wordsFor(item: UploadItem): string {
  switch (item.state) {
    case 'queued':
      return t('upload.queued')
    case 'paused':
      return t('upload.paused', { percent: formatPercent(item.size === 0 ? 0 : item.sent / item.size) })
    case 'registering':
      return t('upload.registering')
    case 'done':
      return t('upload.done')
    case 'duplicate':
    case 'failed':
      return item.reason ?? sentence(item.error)
    case 'sending':
      return sendingWords(item)
  }
}

function sendingWords({ sent, size, rate_per_s }: UploadItem): string {
  const facts = [t('upload.sending', { sent: formatBytes(sent), size: formatBytes(size) })]
  if (rate_per_s !== null && rate_per_s > 0) {
    facts.push(t('upload.rate', { rate: formatBytes(rate_per_s) }))
    facts.push(t('upload.left', { duration: formatDuration((size - sent) / rate_per_s) }))
  }
  return facts.join(' · ')
}
