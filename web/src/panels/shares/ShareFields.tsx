import { Button, TextInput } from '@mantine/core'

import type { Share } from '../../api/shares'
import { formatDeadline, t } from '../../i18n'
import { LONGEST_DAYS, MAY, PRESETS, type ShareDraft, type Until, dayOf, expiryOf, newPassword } from '../../model/shares'
import { CopyField } from '../shell/CopyField'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { PasswordField } from '../shell/PasswordField'
import style from './Shares.module.css'

const DAY_MS = 86_400_000

interface Props {
  draft: ShareDraft
  /** The link that is being changed; null for a new one. */
  share: Share | null
  problem: 'date' | 'password' | 'opens' | null
  onChange: (draft: ShareDraft) => void
}

/** Everything that one decides about a link. */
export function ShareFields({ draft, share, problem, onChange }: Props) {
  const set = (change: Partial<ShareDraft>): void => onChange({ ...draft, ...change })
  const check = (name: 'annotations' | 'identity' | 'watermark', label: string, more?: string) => (
    <label className={form.check}>
      <input type="checkbox" checked={draft[name]} onChange={(event) => set({ [name]: event.currentTarget.checked })} />
      <span className={style.words}>
        {label}
        {more !== undefined && <span className={form.quiet}>{more}</span>}
      </span>
    </label>
  )
  return (
    <>
      <div className={style.columns}>
        <TextInput
          data-autofocus
          label={t('shares.recipient')}
          description={t('shares.recipientHint')}
          value={draft.recipient}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => set({ recipient: event.currentTarget.value })}
        />
        <TextInput
          label={t('shares.maximum')}
          description={t('shares.maximumHint')}
          value={draft.maximumOpens}
          error={problem === 'opens' ? t('shares.problem.opens') : undefined}
          maxLength={6}
          inputMode="numeric"
          autoComplete="off"
          onChange={(event) => set({ maximumOpens: event.currentTarget.value })}
        />
      </div>
      <label className={form.label}>
        {t('shares.note')}
        <textarea
          className={input.input}
          value={draft.note}
          rows={2}
          maxLength={2000}
          aria-describedby="share-note-hint"
          onChange={(event) => set({ note: event.currentTarget.value })}
        />
        <span id="share-note-hint" className={form.quiet}>
          {t('shares.noteHint')}
        </span>
      </label>
      <UntilField draft={draft} share={share} bad={problem === 'date'} onChange={set} />
      <Protection draft={draft} held={share?.has_password === true} bad={problem === 'password'} onChange={set} />
      <fieldset className={style.choices}>
        <legend>{t('shares.may')}</legend>
        {MAY.map((one) => (
          <label key={one} className={form.check}>
            <input type="radio" name="share-may" checked={draft.may === one} onChange={() => set({ may: one })} />
            {t(`shares.may.${one}`)}
          </label>
        ))}
        {draft.may !== 'look' && <p className={style.full}>{t('shares.mayActs')}</p>}
      </fieldset>
      <div>
        {check('annotations', t('shares.annotations'))}
        {check('identity', t('shares.identity'), t('shares.identityText'))}
        {check('watermark', t('shares.watermark'), t('shares.watermarkText'))}
      </div>
      <details className={style.advanced}>
        <summary>{t('shares.advanced')}</summary>
        <label className={form.label}>
          {t('shares.origins')}
          <textarea
            className={input.input}
            value={draft.origins}
            rows={2}
            maxLength={2000}
            spellCheck={false}
            autoCapitalize="none"
            aria-describedby="share-origins-hint"
            onChange={(event) => set({ origins: event.currentTarget.value })}
          />
          <span id="share-origins-hint" className={form.quiet}>
            {t('shares.originsHint')}
          </span>
        </label>
      </details>
    </>
  )
}

/** Go to the field that keeps a form from being sent; it is marked once the form is drawn anew. */
export function showProblem(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}

interface UntilProps {
  draft: ShareDraft
  share: Share | null
  bad: boolean
  onChange: (change: Partial<ShareDraft>) => void
}

function UntilField({ draft, share, bad, onChange }: UntilProps) {
  const choices: readonly Until[] = [...(share === null ? [] : (['keep'] as const)), ...PRESETS, 'date']
  const ends = expiryOf(draft) ?? share?.expires_at ?? null
  const today = new Date()
  return (
    <fieldset className={style.choices}>
      <legend>{t('shares.until')}</legend>
      {choices.map((one) => (
        <label key={one} className={form.check}>
          <input type="radio" name="share-until" checked={draft.until === one} onChange={() => onChange({ until: one })} />
          {t(`shares.until.${one}`)}
        </label>
      ))}
      {draft.until === 'date' && (
        <input
          type="date"
          className={input.small}
          aria-label={t('shares.untilDate')}
          aria-invalid={bad || undefined}
          value={draft.date}
          min={dayOf(today)}
          max={dayOf(new Date(today.getTime() + LONGEST_DAYS * DAY_MS))}
          onChange={(event) => onChange({ date: event.currentTarget.value })}
        />
      )}
      {bad ? (
        <p className={style.full} data-bad="true" role="alert">
          {t('shares.problem.date')}
        </p>
      ) : (
        ends !== null && (draft.until !== 'date' || draft.date !== '') && <p className={style.full}>{t('shares.untilSays', { time: formatDeadline(ends) })}</p>
      )}
    </fieldset>
  )
}

interface ProtectionProps {
  draft: ShareDraft
  /** The link has a password already. */
  held: boolean
  bad: boolean
  onChange: (change: Partial<ShareDraft>) => void
}

function Protection({ draft, held, bad, onChange }: ProtectionProps) {
  return (
    <div>
      <label className={form.check}>
        <input type="checkbox" checked={draft.protect} onChange={(event) => onChange({ protect: event.currentTarget.checked })} />
        {t('shares.password')}
      </label>
      {draft.protect && (
        <div className={style.password}>
          <PasswordField
            label={t('shares.passwordField')}
            description={[t('shares.passwordHint'), ...(held ? [t('shares.passwordKeep')] : [])].join(' ')}
            value={draft.password}
            autoComplete="new-password"
            error={bad ? t('shares.problem.password') : undefined}
            onChange={(password) => onChange({ password })}
          />
          <Button variant="default" onClick={() => onChange({ password: newPassword() })}>
            {t('shares.generate')}
          </Button>
          {draft.password !== '' && (
            <div className={style.full}>
              <CopyField label={t('shares.copyPassword')} value={draft.password} />
            </div>
          )}
        </div>
      )}
    </div>
  )
}
