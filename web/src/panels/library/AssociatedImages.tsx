import { useState } from 'react'

import { type SlideDetail, associatedUrl } from '../../api/slides'
import { formatCount, t } from '../../i18n'
import style from './SlideDetails.module.css'
import toolbar from './ListToolbar.module.css'

/** Label, macro image and their like; they may name the patient, so they come only when asked for. */
export function AssociatedImages({ slide }: { slide: SlideDetail }) {
  const [shownFor, setShownFor] = useState<string | null>(null)
  const shown = shownFor === slide.slide_id
  return (
    <section className={style.section} aria-label={t('details.associated')}>
      <button
        type="button"
        className={toolbar.control}
        aria-expanded={shown}
        onClick={() => setShownFor(shown ? null : slide.slide_id)}
      >
        {shown ? t('details.hideAssociated') : t('details.showAssociated')}
      </button>
      {shown ? (
        <div className={style.images}>
          {slide.associated.map((image) => (
            <Associated key={image.name} slideId={slide.slide_id} {...image} />
          ))}
        </div>
      ) : (
        <p className={style.quiet}>{t('details.associatedHint')}</p>
      )}
    </section>
  )
}

function Associated({ slideId, name, width, height }: SlideDetail['associated'][number] & { slideId: string }) {
  const [failed, setFailed] = useState(false)
  const caption = t('details.image', { name, width: formatCount(width), height: formatCount(height) })
  return (
    <figure className={style.image}>
      {failed ? (
        <p className={style.quiet}>{t('details.imageFailed')}</p>
      ) : (
        <img src={associatedUrl(slideId, name)} alt={name} width={width} height={height} onError={() => setFailed(true)} />
      )}
      <figcaption>{caption}</figcaption>
    </figure>
  )
}
