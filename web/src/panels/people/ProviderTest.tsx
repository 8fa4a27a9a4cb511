import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type Provider, type TestAnswer, type TestStep, tryProvider } from '../../api/providers'
import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { PasswordField } from '../shell/PasswordField'
import { useTask } from '../shell/useTask'
import { Chip } from './Chip'
import style from './People.module.css'

/** What would happen if somebody signed in, step by step. */
export function ProviderTest({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const [userName, setUserName] = useState('')
  const [password, setPassword] = useState('')
  const [answer, setAnswer] = useState<TestAnswer | null>(null)
  const { busy, error, run } = useTask()
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (userName.trim() === '') return
    run(() => tryProvider(provider.name, userName.trim(), password), setAnswer)
  }
  return (
    <Dialog title={t('providers.testTitle', { title: provider.title })} onClose={onClose}>
      <form className={form.form} onSubmit={submit} autoComplete="off">
        <p className={form.text}>{t('providers.testText')}</p>
        <TextInput
          label={t('providers.testUser')}
          value={userName}
          maxLength={256}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          onChange={(event) => setUserName(event.currentTarget.value)}
        />
        <PasswordField label={t('providers.testPassword')} value={password} autoComplete="new-password" onChange={setPassword} />
        {error !== null && <ErrorNotice compact error={error} title={t('providers.testFailed')} />}
        <div className={form.foot}>
          <Button type="submit" loading={busy}>
            {t('providers.testGo')}
          </Button>
        </div>
      </form>
      <div role="status">{answer !== null && <Steps answer={answer} />}</div>
    </Dialog>
  )
}

const TONES: Record<TestStep['outcome'], 'quiet' | 'bad' | undefined> = { passed: undefined, failed: 'bad', noted: 'quiet' }

function Steps({ answer }: { answer: TestAnswer }) {
  return (
    <>
      <ol className={style.steps} aria-label={t('providers.testSteps')}>
        {answer.steps.map(({ what, outcome, detail }, number) => {
          const tone = TONES[outcome]
          return (
            <li key={number}>
              <span className={style.step}>
                {what}
                <Chip {...(tone === undefined ? {} : { tone })}>{t(`providers.outcome.${outcome}`)}</Chip>
              </span>
              <span className={style.quiet}>{detail}</span>
            </li>
          )
        })}
      </ol>
      <p className={answer.passed ? form.good : form.bad}>{t(answer.passed ? 'providers.testPassed' : 'providers.testStopped')}</p>
    </>
  )
}
