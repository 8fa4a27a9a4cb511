import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type Share, changeShare, revokeShare } from '../../api/shares'
import { formatSince, t } from '../../i18n'
import { draftOf, patchOf, problemOf } from '../../model/shares'
import account from '../account/Account.module.css'
import { proved } from '../account/proof'
import { Chip } from '../people/Chip'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import { PreviewButton } from './PreviewButton'
import { ShareFields, showProblem } from './ShareFields'
import style from './Shares.module.css'
import { factsOf, nameOf } from './words'

interface Props {
  share: Share
  /** Say what it shows: the list is of more than one thing. */
  withObject: boolean
  /** It has just been changed. */
  changed: boolean
  onChanged: (share: Share) => void
  onRevoked: () => void
}

/** One link: what became of it, and what one can still do with it. */
export function ShareRow({ share, withObject, changed, onChanged, onRevoked }: Props) {
  const [doing, setDoing] = useState<'change' | 'revoke' | null>(null)
  const task = useTask()
  const name = nameOf(share)
  const open = share.ended_at === null
  const begin = (what: 'change' | 'revoke'): void => {
    task.forget()
    setDoing(doing === what ? null : what)
  }
  return (
    <li className={style.entry} data-changed={changed || undefined}>
      <div className={style.row}>
        <span className={account.what}>
          <span className={account.name}>
            {name}
            {withObject && <Chip tone="quiet">{`${t(`shares.kind.${share.kind}`)}: ${share.object_name ?? t('shares.gone')}`}</Chip>}
            {open ? <Chip>{t('shares.chip.active')}</Chip> : <Chip tone="quiet">{t('shares.chip.ended')}</Chip>}
            {share.done_at !== null && <Chip>{t('shares.chip.done')}</Chip>}
            {share.requests.length > 0 && <Chip tone="warn">{t('shares.chip.request')}</Chip>}
            {share.has_password && <Chip tone="quiet">{t('shares.chip.password')}</Chip>}
            {share.identity && <Chip tone="quiet">{t('shares.chip.identity')}</Chip>}
          </span>
          {share.note !== '' && <span className={style.words}>{share.note}</span>}
          <span className={account.facts}>{factsOf(share).join(' · ')}</span>
          {share.done_at !== null && <span className={style.said}>{doneOf(share)}</span>}
          {share.requests.map(({ requested_at: at, message }) => (
            <span key={at} className={style.said}>
              {message === ''
                ? t('shares.fact.request', { time: formatSince(at) })
                : t('shares.fact.requestSays', { time: formatSince(at), message })}
            </span>
          ))}
        </span>
        <span className={style.buttons}>
          {open && <PreviewButton share={share} size="xs" />}
          {share.ended_why !== 'revoked' && share.ended_why !== 'trashed' && (
            <Button variant="default" size="xs" aria-expanded={doing === 'change'} aria-label={t('shares.changeOf', { name })} onClick={() => begin('change')}>
              {t('shares.change')}
            </Button>
          )}
          {open && (
            <Button variant="default" size="xs" aria-expanded={doing === 'revoke'} aria-label={t('shares.revokeOf', { name })} onClick={() => begin('revoke')}>
              {t('shares.revoke')}
            </Button>
          )}
        </span>
      </div>
      {doing === 'revoke' && (
        <div className={style.sure} role="group" aria-label={t('shares.revokeOf', { name })}>
          <p className={form.text}>{t('shares.revokeSure', { name })}</p>
          {task.error !== null && <ErrorNotice compact error={task.error} title={t('shares.revokeFailed')} />}
          <div className={form.foot}>
            <Button variant="default" onClick={() => setDoing(null)}>
              {t('fields.cancel')}
            </Button>
            <Button
              className={form.danger ?? ''}
              loading={task.busy}
              onClick={() =>
                task.run(
                  () => proved(() => revokeShare(share.share_id)),
                  () => {
                    setDoing(null)
                    onRevoked()
                  },
                )
              }
            >
              {t('shares.revokeYes')}
            </Button>
          </div>
        </div>
      )}
      {doing === 'change' && (
        <ChangeShare
          share={share}
          onCancel={() => setDoing(null)}
          onChanged={(one) => {
            setDoing(null)
            onChanged(one)
          }}
        />
      )}
    </li>
  )
}

function doneOf({ done_at: at, done_message: message }: Share): string {
  const time = formatSince(at ?? '')
  return message === '' ? t('shares.fact.done', { time }) : t('shares.fact.doneSays', { time, message })
}

function ChangeShare({ share, onCancel, onChanged }: { share: Share; onCancel: () => void; onChanged: (share: Share) => void }) {
  const [draft, setDraft] = useState(() => draftOf(share))
  const [tried, setTried] = useState(false)
  const { busy, error, run } = useTask()
  const problem = problemOf(draft, share.has_password)
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault()
    setTried(true)
    if (problem !== null) showProblem(event.currentTarget)
    else run(() => proved(() => changeShare(share.share_id, patchOf(draft))), onChanged)
  }
  return (
    <form className={style.change} onSubmit={submit} noValidate aria-label={t('shares.changeOf', { name: nameOf(share) })}>
      <ShareFields draft={draft} share={share} problem={tried ? problem : null} onChange={setDraft} />
      {error !== null && <ErrorNotice compact error={error} title={t('shares.notSaved')} />}
      <div className={form.foot}>
        <Button variant="default" onClick={onCancel}>
          {t('fields.cancel')}
        </Button>
        <Button type="submit" loading={busy}>
          {t('shares.save')}
        </Button>
      </div>
    </form>
  )
}
