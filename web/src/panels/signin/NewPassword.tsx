import { useEffect, useState } from 'react'

import { type PasswordCheck, checkPassword } from '../../api/account'
import { t } from '../../i18n'
import { useCalm } from '../cases/useRules'
import form from '../shell/Form.module.css'
import { PasswordField } from '../shell/PasswordField'

const CALM_MS = 250
/** The shortest that the server takes. */
const SHORTEST = 12

interface Props {
  label: string
  value: string
  onChange: (value: string) => void
  /** What the password must not be made of. */
  about: { user_name?: string; name?: string; email?: string }
  /** What the server found wrong with it. */
  refused?: string | null
}

/** Choose a password: how good it is shows while one types. */
export function NewPassword({ label, value, onChange, about, refused = null }: Props) {
  const [check, setCheck] = useState<{ of: string; said: PasswordCheck } | null>(null)
  const { user_name: userName = '', name = '', email = '' } = about
  const calm = useCalm(JSON.stringify([value, userName, name, email]), CALM_MS)

  useEffect(() => {
    const [password = '', ...rest] = JSON.parse(calm) as string[]
    if (password === '') return undefined
    const controller = new AbortController()
    const [user_name, name, email] = rest.map((text) => (text === '' ? undefined : text))
    const known = { ...(user_name && { user_name }), ...(name && { name }), ...(email && { email }) }
    checkPassword({ password, ...known }, controller.signal).then(
      (said) => setCheck({ of: password, said }),
      () => undefined, // the answer to the form itself says it, too
    )
    return () => controller.abort()
  }, [calm])

  const known = check !== null && check.of === value && value !== '' ? check.said : null
  const score = known === null ? 0 : known.accepted ? Math.max(2, known.score) : 1
  return (
    <div className={form.form}>
      <PasswordField
        label={label}
        description={t('password.hint', { count: SHORTEST })}
        value={value}
        autoComplete="new-password"
        error={refused ?? undefined}
        onChange={onChange}
      />
      <div className={form.strength} data-score={score} aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <span key={step} />
        ))}
      </div>
      <p className={form.quiet} role="status">
        {known === null ? ' ' : [t(`password.score.${levelOf(score)}`), known.problem].filter((part) => part !== null).join(': ')}
      </p>
    </div>
  )
}

function levelOf(score: number): 1 | 2 | 3 | 4 {
  return score >= 4 ? 4 : score === 3 ? 3 : score === 2 ? 2 : 1
}
