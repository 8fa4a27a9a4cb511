import { getMe } from '../api/account'
import { formatMoment, locale, t } from '../i18n'
import { PasswordSection } from '../panels/account/PasswordSection'
import { ProfileSection } from '../panels/account/ProfileSection'
import { ProofDialog } from '../panels/account/ProofDialog'
import { SecondFactorSection } from '../panels/account/SecondFactorSection'
import { Section } from '../panels/account/Section'
import { SessionsSection } from '../panels/account/SessionsSection'
import { TokensSection } from '../panels/account/TokensSection'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Frame } from '../panels/shell/Frame'
import form from '../panels/shell/Form.module.css'
import { presence } from '../panels/shell/presence'
import { useLoaded } from '../panels/shell/useLoaded'

/** Who I am here, how I prove it, where I am signed in, and what may act for me. */
export function Account() {
  const { value: me, error, again } = useLoaded(getMe)
  const renamed = (): void => {
    again()
    void presence.look()
  }
  return (
    <Frame title={t('account.title')}>
      {error !== null && <ErrorNotice compact error={error} title={t('account.failed')} onRetry={again} />}
      {me !== null && (
        <>
          <ProfileSection me={me} onChanged={renamed} />
          <PasswordSection me={me} onChanged={again} />
          <SecondFactorSection me={me} onChanged={again} />
          <SessionsSection key={String(me.password.changed_at)} />
          <TokensSection />
          <Section title={t('language.title')}>
            <p className={form.text}>
              {t('language.text', { locale: nameOf(locale), example: formatMoment(new Date().toISOString()) })}
            </p>
          </Section>
        </>
      )}
      <ProofDialog />
    </Frame>
  )
}

function nameOf(tag: string): string {
  return new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
}
