import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'

import type { ShareMade as Made } from '../../api/shares'
import { formatDeadline, t } from '../../i18n'
import { CopyField } from '../shell/CopyField'
import form from '../shell/Form.module.css'
import { PreviewButton } from './PreviewButton'
import style from './Shares.module.css'

interface Props {
  made: Made
  /** As it was typed; the server does not know it any more. */
  password: string | null
  onAnother: () => void
  onDone: () => void
}

/** The link itself, shown this once: to look at as its recipient, and to copy. */
export function ShareMade({ made: { share, url }, password, onAnother, onDone }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  // The button that made it is gone: whoever hears the page is told what came instead.
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className={form.form} aria-label={t('shares.made')}>
      <h3 ref={heading} tabIndex={-1} className={style.heading}>{t('shares.made')}</h3>
      <p className={form.text}>{t('shares.madeLook')}</p>
      <PreviewButton share={share} />
      <p className={form.text}>{t('shares.madeText')}</p>
      <CopyField label={t('shares.link')} value={url} />
      {password !== null && (
        <div className={form.label}>
          {t('shares.passwordField')}
          <CopyField label={t('shares.copyPassword')} value={password} />
          <span className={form.quiet}>{t('shares.passwordHint')}</span>
        </div>
      )}
      <p className={form.quiet}>{t('shares.untilSays', { time: formatDeadline(share.expires_at) })}</p>
      <div className={form.foot}>
        <Button variant="default" onClick={onAnother}>
          {t('shares.another')}
        </Button>
        <Button onClick={onDone}>{t('shares.done')}</Button>
      </div>
    </section>
  )
}
