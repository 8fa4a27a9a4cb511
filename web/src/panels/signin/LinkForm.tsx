import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { acceptLink, type LinkFacts } from '../../api/links'
import { ApiError } from '../../api/problem'
import type { SecondFactor, Session } from '../../api/session'
import { formatMoment, t } from '../../i18n'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import { NewPassword } from './NewPassword'
import { Terms } from './Terms'

interface Props {
  token: string
  facts: LinkFacts
  onDone: (answered: Session | SecondFactor) => void
  /** The link ended while the form was open. */
  onEnded: (error: unknown) => void
}

/** Choose a password, and where the account is new, a user name and how one is called. */
export function LinkForm({ token, facts, onDone, onEnded }: Props) {
  const fresh = facts.kind !== 'reset'
  const [userName, setUserName] = useState(facts.user_name ?? '')
  const [name, setName] = useState(facts.name ?? '')
  const [password, setPassword] = useState('')
  const [agreed, setAgreed] = useState(false)
  const { busy, error, run, forget } = useTask()
  const code = error instanceof ApiError ? error.code : null
  const missing = userName.trim() === '' || password === '' || (fresh && name.trim() === '')
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (missing || (facts.terms_version !== null && !agreed)) return
    run(async () => {
      try {
        return await acceptLink(token, {
          password,
          ...(facts.user_name === null ? { user_name: userName.trim() } : {}),
          ...(fresh ? { name: name.trim() } : {}),
          ...(facts.terms_version === null ? {} : { terms_version: facts.terms_version }),
        })
      } catch (failure) {
        if (failure instanceof ApiError && failure.code === 'link_ended') onEnded(failure)
        throw failure
      }
    }, onDone)
  }
  return (
    <form className={form.form} onSubmit={submit}>
      <p className={form.text}>
        {facts.invited_by !== null && fresh && t('link.invitedBy', { name: facts.invited_by })}{' '}
        {t(fresh ? 'link.text' : 'link.resetText')} {t('link.until', { time: formatMoment(facts.expires_at) })}
      </p>
      {fresh && (
        <TextInput
          label={t('account.name')}
          description={t('link.nameHint')}
          value={name}
          maxLength={200}
          autoComplete="name"
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <TextInput
        label={t('signIn.userName')}
        {...(facts.user_name === null ? { description: t('link.userNameHint') } : {})}
        value={userName}
        readOnly={facts.user_name !== null}
        maxLength={64}
        error={code === 'name_taken' ? sentence(error) : undefined}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        onChange={(event) => setUserName(event.currentTarget.value)}
      />
      <NewPassword
        label={t(fresh ? 'link.password' : 'password.new')}
        value={password}
        about={{ user_name: userName, name, ...(facts.email === null ? {} : { email: facts.email }) }}
        refused={code === 'password_refused' ? sentence(error) : null}
        onChange={(text) => {
          setPassword(text)
          if (code === 'password_refused') forget()
        }}
      />
      {facts.terms_version !== null && (
        <>
          <Terms />
          <label className={form.check}>
            <input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.currentTarget.checked)} />
            {t('terms.agree')}
          </label>
        </>
      )}
      {error !== null && code !== 'name_taken' && code !== 'password_refused' && (
        <ErrorNotice compact error={error} title={t('link.failed')} />
      )}
      <Button type="submit" size="md" loading={busy} disabled={missing || (facts.terms_version !== null && !agreed)}>
        {t(fresh ? 'link.create' : 'link.change')}
      </Button>
    </form>
  )
}
