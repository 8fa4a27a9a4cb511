import { identity } from '../../api/identity'
import { associatedUrl } from '../../api/slides'
import { t } from '../../i18n'
import { useStore } from '../shell/useStore'
import { CloseIcon } from './icons'
import { useViewer } from './OpenViewer'
import { ToolButton } from './ToolButton'
import piece from './pieces.module.css'
import style from './viewer.module.css'

const NAMES: Readonly<Record<string, string>> = {
  label: t('viewer.associated.label'),
  macro: t('viewer.associated.macro'),
  thumbnail: t('viewer.associated.thumbnail'),
  overview: t('viewer.associated.overview'),
}

/** What people look for first. */
const ORDER = ['label', 'macro', 'overview']

/** Label and macro image. They may name a patient: fetched only when asked for, and never kept. */
export function LabelPane({ onClose }: { onClose: () => void }) {
  const { slide } = useViewer()
  const hidden = useStore(identity)
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  const images = slide.associated.filter((image) => image.name !== 'thumbnail').sort((a, b) => rank(a.name) - rank(b.name))
  return (
    <section className={style.labels} aria-label={t('viewer.label')}>
      <header className={style.paneHead}>
        <h2>{t('viewer.label')}</h2>
        <ToolButton label={t('viewer.close')} onClick={onClose}>
          <CloseIcon />
        </ToolButton>
      </header>
      {images.length === 0 && <p className={piece.quiet}>{t(hidden ? 'identity.noImages' : 'viewer.labelNone')}</p>}
      {images.map((image) => (
        <figure key={image.name} className={piece.figure}>
          <img
            src={associatedUrl(slide.slide_id, image.name)}
            alt={NAMES[image.name] ?? image.name}
            width={image.width}
            height={image.height}
          />
          <figcaption>{NAMES[image.name] ?? image.name}</figcaption>
        </figure>
      ))}
    </section>
  )
}
