import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type Person, addToGroup, changePerson, removeFromGroup } from '../../api/people'
import { ApiError } from '../../api/problem'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import { GroupsField } from './GroupsField'
import style from './People.module.css'
import { RoleSelect } from './RoleSelect'

interface Props {
  person: Person
  onChanged: (said: string, newer?: Person) => void
}

/** Names, mail, role and groups of somebody. */
export function PersonForm({ person, onChanged }: Props) {
  const [userName, setUserName] = useState(person.user_name)
  const [name, setName] = useState(person.name)
  const [email, setEmail] = useState(person.email ?? '')
  const [role, setRole] = useState(person.organisation_role)
  const { busy, error, run } = useTask()
  const own = person.source === 'local'
  const code = error instanceof ApiError ? error.code : null
  const change = {
    ...(own && userName.trim() !== person.user_name ? { user_name: userName.trim() } : {}),
    ...(own && name.trim() !== person.name ? { name: name.trim() } : {}),
    ...(own && email.trim() !== (person.email ?? '') ? { email: email.trim() === '' ? null : email.trim() } : {}),
    ...(role === person.organisation_role ? {} : { organisation_role: role }),
  }
  const same = Object.keys(change).length === 0
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (same || userName.trim() === '' || name.trim() === '') return
    run(
      () => proved(() => changePerson(person.person_id, change)),
      (newer) => onChanged(t('person.saved'), newer),
    )
  }
  return (
    <form className={form.form} onSubmit={submit}>
      {own && (
        <>
          <div className={style.columns}>
            <TextInput label={t('account.name')} value={name} maxLength={200} autoComplete="off" onChange={(event) => setName(event.currentTarget.value)} />
            <TextInput
              label={t('signIn.userName')}
              value={userName}
              maxLength={64}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              error={code === 'name_taken' ? sentence(error) : undefined}
              onChange={(event) => setUserName(event.currentTarget.value)}
            />
          </div>
          <TextInput
            label={t('account.email')}
            value={email}
            maxLength={254}
            inputMode="email"
            autoComplete="off"
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        </>
      )}
      <RoleSelect value={role} onChange={setRole} />
      <div className={form.label}>
        {t('people.groups')}
        <GroupsField
          chosen={person.groups}
          busy={busy}
          onAdd={(one) => run(() => proved(() => addToGroup(one.group_id, person.person_id)), () => onChanged(t('person.saved')))}
          onRemove={(one) => run(() => proved(() => removeFromGroup(one.group_id, person.person_id)), () => onChanged(t('person.saved')))}
        />
      </div>
      {error !== null && code !== 'name_taken' && <ErrorNotice compact error={error} title={t('person.notSaved')} />}
      <div className={form.foot}>
        <Button type="submit" variant="default" loading={busy} disabled={same}>
          {t('account.save')}
        </Button>
      </div>
    </form>
  )
}
