import { Button, Skeleton } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'

import { identity } from '../../api/identity'
import { may } from '../../api/members'
import { isAbort } from '../../api/problem'
import { type SlideDetail, type SlideSummary, downloadUrl, getSlide } from '../../api/slides'
import { t } from '../../i18n'
import { MembersButton } from '../members/MembersButton'
import { ShareButton } from '../shares/ShareButton'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Link } from '../shell/Link'
import { Icon } from '../shell/icons'
import { useStore } from '../shell/useStore'
import { AssociatedImages } from './AssociatedImages'
import { CopyLink } from './CopyLink'
import { MetadataList } from './MetadataList'
import style from './SlideDetails.module.css'
import { SlideFacts } from './SlideFacts'
import { StateNote } from './StateNote'
import { Thumbnail } from './Thumbnail'
import { opens } from './words'

interface Props {
  slide: SlideSummary
  /** The address that opens it. */
  address: string
  /** The fields that one edits, and the files that belong to it. */
  fields: ReactNode
  attachments: ReactNode
}

/** Everything about one slide but its pixels. */
export function SlideDetails({ slide, address, fields, attachments }: Props) {
  const [detail, setDetail] = useState<SlideDetail | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  const { slide_id: slideId, version, state } = slide

  useEffect(() => {
    const controller = new AbortController()
    getSlide(slideId, controller.signal).then(setDetail, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [slideId, version, state, attempt])

  const openable = opens(slide)
  // A download shows its file name where no page can hide it.
  const hidden = useStore(identity)
  const retry = (): void => {
    setError(null)
    setAttempt(attempt + 1)
  }
  return (
    <div className={style.details}>
      <div className={style.picture} data-state={slide.state}>
        <Thumbnail slide={slide} size={512} alt={t('details.preview', { name: slide.name })} />
      </div>
      <h3 className={style.name}>{slide.name}</h3>
      <StateNote slide={slide} />
      {slide.reason !== null && (
        <p className={style.reason}>
          {slide.reason.message}
          <span className={style.code}>{t('details.reason', { code: slide.reason.code })}</span>
        </p>
      )}
      <div className={style.actions}>
        {openable && (
          <Button component={Link} href={address} size="sm" px="md">
            {t('details.open')}
          </Button>
        )}
        <CopyLink address={address} />
        <MembersButton scope={{ kind: 'slide', id: slideId }} one={slide} className={style.members}>
          <Icon name="group" size={16} />
        </MembersButton>
        <ShareButton target={{ kind: 'slide', id: slideId }} one={slide} className={style.members}>
          <Icon name="share" size={16} />
        </ShareButton>
        {slide.state !== 'missing' && !hidden && slide.rights.includes('download') && (
          <Button
            component="a"
            href={downloadUrl(slideId)}
            download
            variant="default"
            size="sm"
            px="xs"
            leftSection={<Icon name="download" size={16} />}
          >
            {t('details.download')}
          </Button>
        )}
      </div>
      <section className={style.section} aria-label={t('fields.ofSlide')}>
        <fieldset className={style.fields} disabled={!may(slide, 'editor')}>
          {fields}
        </fieldset>
      </section>
      {error !== null && <ErrorNotice compact error={error} title={t('details.failed')} onRetry={retry} />}
      {detail === null && error === null && <Waiting />}
      {detail !== null && (
        <>
          <SlideFacts slide={detail} />
          {attachments}
          {detail.associated.length > 0 && <AssociatedImages slide={detail} />}
          {hidden ? <p>{t('identity.noMetadata')}</p> : <MetadataList metadata={detail.metadata} />}
        </>
      )}
    </div>
  )
}

function Waiting() {
  return (
    <div className={style.waiting} aria-hidden="true">
      {[70, 55, 80, 60, 65, 50].map((width) => (
        <Skeleton key={width} height={14} width={`${width}%`} />
      ))}
    </div>
  )
}
