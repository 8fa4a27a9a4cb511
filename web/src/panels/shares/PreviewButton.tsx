import { Button, type ButtonProps } from '@mantine/core'

import { type Share, previewShare } from '../../api/shares'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useTask } from '../shell/useTask'

/** See in another tab what the recipient will see; it counts as no opening. */
export function PreviewButton({ share, size = 'sm' }: { share: Share; size?: ButtonProps['size'] }) {
  const { busy, error, run } = useTask()
  const show = (): void => {
    // The tab is opened by the click itself: after the answer the browser would take it for an advertisement.
    const tab = window.open('', '_blank')
    run(
      () => previewShare(share.share_id).catch((failure: unknown) => {
        tab?.close()
        throw failure
      }),
      (url) => {
        if (tab === null) return
        tab.opener = null
        tab.location.replace(url)
      },
    )
  }
  const name = share.recipient === '' ? null : share.recipient
  return (
    <>
      <Button
        variant="default"
        size={size}
        loading={busy}
        style={{ justifySelf: 'start' }}
        aria-label={name === null ? t('shares.preview') : `${t('shares.preview')}: ${name}`}
        onClick={show}
      >
        {t('shares.preview')}
      </Button>
      {error !== null && <ErrorNotice compact error={error} title={t('shares.previewFailed')} />}
    </>
  )
}
