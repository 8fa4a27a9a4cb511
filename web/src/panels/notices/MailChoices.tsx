import { getNoticeChoices, NOTICE_KINDS, type NoticeKind, putNoticeChoices } from '../../api/notices'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import small from '../shell/Small.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './notices.module.css'

/** Of which notices one wants a mail, too. */
export function MailChoices() {
  const { value, error, set } = useLoaded(getNoticeChoices)
  const task = useTask()
  if (error !== null) return <ErrorNotice compact error={error} />
  if (value === null) return null
  if (!value.can_mail) return <p className={small.quiet}>{t('notices.noMail')}</p>
  const toggle = (kind: NoticeKind): void => {
    const mail = NOTICE_KINDS.filter((one) => (one === kind ? !value.mail.includes(one) : value.mail.includes(one)))
    task.run(() => putNoticeChoices(mail), set)
  }
  return (
    <fieldset className={style.choices} disabled={task.busy}>
      <legend className="cs-unseen">{t('notices.mail')}</legend>
      {NOTICE_KINDS.map((kind) => (
        <label key={kind}>
          <input type="checkbox" checked={value.mail.includes(kind)} onChange={() => toggle(kind)} />
          {t(`notices.mailFor.${kind}`)}
        </label>
      ))}
      {task.error !== null && <ErrorNotice compact error={task.error} />}
    </fieldset>
  )
}
