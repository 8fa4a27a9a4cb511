import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type AccountLink, type GroupRef, createPerson, invite } from '../../api/people'
import { ApiError } from '../../api/problem'
import { type OrganisationRole, getSignInOptions } from '../../api/session'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import { GroupsField } from './GroupsField'
import { LinkShown } from './LinkShown'
import style from './People.module.css'
import { RoleSelect } from './RoleSelect'

/** How long somebody has to use an invitation. */
const INVITED_DAYS = 7

interface Props {
  onMade: () => void
  onClose: () => void
}

/** Let somebody in: with a user name the account is made now, without one they choose it themselves. */
export function InviteDialog({ onMade, onClose }: Props) {
  const { value: options } = useLoaded(getSignInOptions)
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [userName, setUserName] = useState('')
  const [role, setRole] = useState<OrganisationRole | null>(null)
  const [groups, setGroups] = useState<readonly GroupRef[]>([])
  const [mail, setMail] = useState(true)
  const [link, setLink] = useState<AccountLink | null>(null)
  const { busy, error, run } = useTask()
  const code = error instanceof ApiError ? error.code : null
  const mailable = options?.mail === true && email.trim() !== ''
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (userName.trim() !== '' && name.trim() === '') return
    const body = {
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(email.trim() === '' ? {} : { email: email.trim() }),
      ...(role === null ? {} : { organisation_role: role }),
      group_ids: groups.map((one) => one.group_id),
      mail: mailable && mail,
    }
    const make = async (): Promise<AccountLink> =>
      userName.trim() === ''
        ? invite({ ...body, days: INVITED_DAYS })
        : (await createPerson({ ...body, user_name: userName.trim(), name: name.trim() })).link
    run(
      () => proved(make),
      (made) => {
        setLink(made)
        onMade()
      },
    )
  }
  if (link !== null) {
    return (
      <Dialog title={t('invite.made')} onClose={onClose}>
        <LinkShown link={link} onDone={onClose} />
      </Dialog>
    )
  }
  return (
    <Dialog title={t('invite.title')} onClose={onClose}>
      <form className={style.dialog} onSubmit={submit}>
        <p className={form.text}>{t('invite.text')}</p>
        <div className={style.columns}>
          <TextInput
            data-autofocus
            label={t('account.name')}
            value={name}
            maxLength={200}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t('invite.email')}
            value={email}
            maxLength={254}
            inputMode="email"
            autoComplete="off"
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        </div>
        <TextInput
          label={t('invite.userName')}
          description={t('invite.userNameHint')}
          value={userName}
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          error={
            code === 'name_taken'
              ? sentence(error)
              : userName.trim() !== '' && name.trim() === ''
                ? t('invite.needsName')
                : undefined
          }
          onChange={(event) => setUserName(event.currentTarget.value)}
        />
        <RoleSelect value={role} onChange={setRole} />
        <div className={form.label}>
          {t('people.groups')}
          <GroupsField
            chosen={groups}
            onAdd={(one) => setGroups([...groups, one])}
            onRemove={(one) => setGroups(groups.filter((other) => other.group_id !== one.group_id))}
          />
        </div>
        {options?.mail === true && (
          <label className={form.check}>
            <input type="checkbox" checked={mailable && mail} disabled={!mailable} onChange={(event) => setMail(event.currentTarget.checked)} />
            {t('invite.mail')}
          </label>
        )}
        {error !== null && code !== 'name_taken' && <ErrorNotice compact error={error} title={t('invite.failed')} />}
        <div className={form.foot}>
          <Button type="submit" loading={busy}>
            {t('invite.make')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
