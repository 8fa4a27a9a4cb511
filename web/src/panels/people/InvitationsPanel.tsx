import { Button } from '@mantine/core'

import { type Invitation, listInvitations, withdrawInvitation } from '../../api/people'
import { formatMoment, t } from '../../i18n'
import account from '../account/Account.module.css'
import { proved } from '../account/proof'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import { Chip } from './Chip'
import style from './People.module.css'

/** Links that nobody has used yet. */
export function InvitationsPanel() {
  const { value: open, error, again } = useLoaded(listInvitations)
  const task = useTask()
  const failure = error ?? task.error
  return (
    <>
      <p className={form.text}>{t('invitations.text')}</p>
      {failure !== null && <ErrorNotice compact error={failure} title={t('invitations.failed')} onRetry={again} />}
      {open?.length === 0 && <p className={style.empty}>{t('invitations.none')}</p>}
      {open !== null && open.length > 0 && (
        <ul className={account.list} aria-label={t('people.section.invitations')}>
          {open.map((one) => (
            <li key={one.link_id} className={account.row}>
              <span className={account.what}>
                <span className={account.name}>
                  {nameOf(one)}
                  <Chip tone="quiet">{t(one.kind === 'reset' ? 'invitations.reset' : 'invitations.new')}</Chip>
                  {one.organisation_role !== null && <Chip>{t(`role.organisation.${one.organisation_role}`)}</Chip>}
                </span>
                <span className={account.facts}>
                  {[
                    one.email,
                    one.groups.length === 0 ? null : one.groups.map((group) => group.name).join(', '),
                    one.invited_by === null ? null : t('invitations.by', { name: one.invited_by }),
                    t('links.until', { time: formatMoment(one.expires_at) }),
                  ]
                    .filter((fact) => fact !== null)
                    .join(' · ')}
                </span>
              </span>
              <Button
                variant="default"
                size="xs"
                disabled={task.busy}
                aria-label={t('invitations.withdrawOf', { name: nameOf(one) })}
                onClick={() => task.run(() => proved(() => withdrawInvitation(one.link_id)), again)}
              >
                {t('invitations.withdraw')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function nameOf(one: Invitation): string {
  return one.name ?? one.user_name ?? one.email ?? t('invitations.anybody')
}
