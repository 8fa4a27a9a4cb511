import type { Root } from '../../api/imports'
import { formatCount, formatDuration, formatNumber, formatSince, t } from '../../i18n'
import { scanProgress } from '../../model/list/scan'
import { Icon } from '../shell/icons'
import style from './Banners.module.css'

/** How far the registration of folders is; nothing when none is being registered. */
export function ScanBanner({ roots }: { roots: readonly Root[] }) {
  const scan = scanProgress(roots)
  if (scan === null) return null
  const rate = scan.rate_per_s
  const facts = [
    scan.found === 0
      ? t('scan.looking')
      : t('scan.progress', { done: formatCount(scan.done), found: formatCount(scan.found) }),
    rate !== null && rate > 0 && t('scan.rate', { rate: formatNumber(rate, rate < 10 ? 1 : 0) }),
    scan.seconds_left !== null &&
      scan.done < scan.found &&
      t('scan.left', { duration: formatDuration(scan.seconds_left) }),
  ].filter((fact) => fact !== false)
  return (
    <section className={style.scan} aria-label={t('scan.title')}>
      <span className={style.title}>{t('scan.title')}</span>
      <progress
        className={style.progress}
        aria-label={t('scan.title')}
        {...(scan.found > 0 ? { value: scan.done, max: scan.found } : {})}
      />
      <span className={style.facts}>{facts.join(' · ')}</span>
    </section>
  )
}

/** Which folders cannot be reached, and since when. */
export function OfflineNotice({ roots }: { roots: readonly Root[] }) {
  const offline = roots.filter((root) => root.offline_since !== null)
  if (offline.length === 0) return null
  return (
    <section className={style.offline} role="status">
      <Icon name="offline" />
      <div>
        {offline.map((root) => (
          <p key={root.root_id} className={style.line}>
            {t('offline.folder', { path: root.path, time: formatSince(root.offline_since ?? '') })}
          </p>
        ))}
        <p className={style.line}>{t('offline.text')}</p>
      </div>
    </section>
  )
}
