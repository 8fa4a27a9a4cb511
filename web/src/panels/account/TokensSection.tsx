import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type Scope, type Token, createToken, listMyTokens, revokeMyToken } from '../../api/account'
import { formatDate, formatMoment, t } from '../../i18n'
import { CopyField } from '../shell/CopyField'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useSession } from '../shell/session'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './Account.module.css'
import { Section } from './Section'
import { proved } from './proof'

/** Keys for scripts that act as me. */
export function TokensSection() {
  const { value: tokens, error, again } = useLoaded(listMyTokens)
  const [making, setMaking] = useState(false)
  const task = useTask()
  return (
    <Section title={t('tokens.title')} text={t('tokens.text')}>
      {error !== null && <ErrorNotice compact error={error} onRetry={again} />}
      {task.error !== null && <ErrorNotice compact error={task.error} title={t('tokens.failed')} />}
      {tokens !== null && (
        <TokenList tokens={tokens} busy={task.busy} onRevoke={(one) => task.run(() => revokeMyToken(one.token_id), again)} />
      )}
      <Button variant="default" onClick={() => setMaking(true)}>
        {t('tokens.new')}
      </Button>
      {making && (
        <NewToken
          onMade={again}
          onClose={() => setMaking(false)}
        />
      )}
    </Section>
  )
}

interface ListProps {
  tokens: readonly Token[]
  busy: boolean
  onRevoke: (token: Token) => void
}

/** Tokens without their secrets; those that work come first. */
export function TokenList({ tokens, busy, onRevoke }: ListProps) {
  const [now] = useState(() => Date.now())
  if (tokens.length === 0) return <p className={style.about}>{t('tokens.none')}</p>
  const ended = (one: Token): boolean => one.revoked_at !== null || Date.parse(one.expires_at) <= now
  const sorted = [...tokens].sort((a, b) => Number(ended(a)) - Number(ended(b)))
  return (
    <ul className={style.list} aria-label={t('tokens.title')}>
      {sorted.map((one) => (
        <li key={one.token_id} className={style.row}>
          <span className={style.what}>
            <span className={style.name}>
              {one.name}
              <span className={style.chip}>{t(`tokens.scope.${widest(one.scopes)}`)}</span>
              {ended(one) && (
                <span className={style.chip} data-tone="quiet">
                  {t(one.revoked_at === null ? 'tokens.expired' : 'tokens.revoked')}
                </span>
              )}
            </span>
            <span className={style.facts}>
              {[
                one.last_used_at === null ? t('tokens.unused') : t('tokens.used', { time: formatMoment(one.last_used_at) }),
                t('tokens.until', { date: formatDate(one.expires_at) }),
              ].join(' · ')}
            </span>
          </span>
          {!ended(one) && (
            <Button variant="default" size="xs" disabled={busy} aria-label={t('tokens.revokeOf', { name: one.name })} onClick={() => onRevoke(one)}>
              {t('tokens.revoke')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}

function widest(scopes: readonly Scope[] | null): Scope | 'all' {
  if (scopes === null) return 'all'
  return scopes.includes('admin') ? 'admin' : scopes.includes('write') ? 'write' : 'read'
}

const DAYS = [7, 30, 90, 365, 1095] as const

function NewToken({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { viewer } = useSession()
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Scope>('read')
  const [days, setDays] = useState<number>(90)
  const [secret, setSecret] = useState<string | null>(null)
  const { busy, error, run } = useTask()
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    run(
      () => proved(() => createToken(name.trim(), scope, days)),
      (made) => {
        setSecret(made.secret)
        onMade()
      },
    )
  }
  if (secret !== null) {
    return (
      <Dialog title={t('tokens.made')} onClose={onClose}>
        <div className={form.form}>
          <p className={form.text}>{t('tokens.once')}</p>
          <CopyField label={t('tokens.secret')} value={secret} />
          <p className={form.quiet}>{t('tokens.usage')}</p>
          <div className={form.foot}>
            <Button onClick={onClose}>{t('tokens.kept')}</Button>
          </div>
        </div>
      </Dialog>
    )
  }
  const scopes: readonly Scope[] = viewer.is_admin ? ['read', 'write', 'admin'] : ['read', 'write']
  return (
    <Dialog title={t('tokens.new')} onClose={onClose}>
      <form className={form.form} onSubmit={submit}>
        <TextInput
          data-autofocus
          label={t('tokens.name')}
          description={t('tokens.nameHint')}
          value={name}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <label className={form.label}>
          {t('tokens.may')}
          <select className={input.input} value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
            {scopes.map((one) => (
              <option key={one} value={one}>
                {t(`tokens.may.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label className={form.label}>
          {t('tokens.ends')}
          <select className={input.input} value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {DAYS.map((one) => (
              <option key={one} value={one}>
                {t('tokens.days', { count: one })}
              </option>
            ))}
          </select>
        </label>
        {error !== null && <ErrorNotice compact error={error} title={t('tokens.failed')} />}
        <div className={form.foot}>
          <Button type="submit" loading={busy} disabled={name.trim() === ''}>
            {t('tokens.create')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
