import { Button } from '@mantine/core'
import { useState } from 'react'

import { type Provider, listProviders } from '../../api/providers'
import { t } from '../../i18n'
import account from '../account/Account.module.css'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { useLoaded } from '../shell/useLoaded'
import { Chip } from './Chip'
import style from './People.module.css'
import { ProviderTest } from './ProviderTest'

/** By which accounts people sign in that are not kept here, whether they work, and a test of each. */
export function SignInPanel() {
  const { value: found, error, again } = useLoaded(listProviders)
  const [tested, setTested] = useState<Provider | null>(null)
  return (
    <>
      <p className={form.text}>{t('providers.text')}</p>
      {error !== null && <ErrorNotice compact error={error} title={t('providers.failed')} onRetry={again} />}
      {found !== null && found.sentence !== null && <p className={form.warning}>{found.sentence}</p>}
      {found !== null && found.items.length === 0 && found.sentence === null && (
        <p className={style.empty}>{t(found.configured ? 'providers.none' : 'providers.unset')}</p>
      )}
      {found !== null && found.items.length > 0 && (
        <ul className={account.list} aria-label={t('people.section.signIn')}>
          {found.items.map((one) => (
            <li key={one.name} className={account.row}>
              <Facts provider={one} />
              <Button variant="default" size="xs" aria-label={t('providers.testOf', { title: one.title })} onClick={() => setTested(one)}>
                {t('providers.test')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {tested !== null && <ProviderTest provider={tested} onClose={() => setTested(null)} />}
    </>
  )
}

function Facts({ provider }: { provider: Provider }) {
  const { title, way, kind, name, sentence, rules, people } = provider
  return (
    <span className={account.what}>
      <span className={account.name}>
        {title}
        <Chip tone={way === null ? 'bad' : 'quiet'}>{t(way === null ? 'providers.broken' : 'providers.works')}</Chip>
      </span>
      <span className={account.facts}>
        {[
          `${kind} · ${name}`,
          ...(way === null ? [] : [t(`providers.way.${way}`)]),
          t('providers.people', { count: people }),
        ].join(' · ')}
      </span>
      {sentence !== null && <span className={form.warning}>{sentence}</span>}
      {rules.length > 0 && (
        <dl className={style.facts} aria-label={t('providers.rules')}>
          {rules.map(({ external, group, role }) => (
            <div key={`${external} ${group ?? ''} ${role ?? ''}`} className={style.rule}>
              <dt>{external === '*' ? t('providers.rule.everybody') : external}</dt>
              <dd>
                {[
                  ...(group === null ? [] : [t('providers.rule.group', { group })]),
                  ...(role === null ? [] : [t(`role.organisation.${role}`)]),
                ].join(', ')}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </span>
  )
}
