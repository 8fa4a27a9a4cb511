import { Button } from '@mantine/core'

import { getMe } from '../api/account'
import { t } from '../i18n'
import { PasswordForm } from '../panels/account/PasswordForm'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import form from '../panels/shell/Form.module.css'
import { Sheet } from '../panels/shell/Sheet'
import { savePersonal } from '../panels/shell/personal'
import { useLoaded } from '../panels/shell/useLoaded'
import { go, nextPlace } from '../shell/navigation'

/** The first administrator came by the printed address: a password lets them come without it. */
export function FirstRun() {
  const { value: me, error, again } = useLoaded(getMe)
  const onward = (): void => go(nextPlace(), { replace: true })
  const later = (): void => {
    // Not kept: then it is offered once more, which harms nobody.
    savePersonal({ first_run_done: true }).catch(() => undefined)
    onward()
  }
  return (
    <Sheet title={t('first.title')}>
      <div className={form.form}>
        <p className={form.text}>{t('first.text')}</p>
        {error !== null && <ErrorNotice compact error={error} onRetry={again} />}
        {me !== null && (
          <>
            <p className={form.note}>{t('first.name', { name: me.person.user_name })}</p>
            <PasswordForm
              me={me}
              onDone={onward}
              beside={
                <Button variant="default" onClick={later}>
                  {t('first.later')}
                </Button>
              }
            />
          </>
        )}
      </div>
    </Sheet>
  )
}
