import type { OrganisationRole } from '../../api/session'
import { t } from '../../i18n'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'

export const ORGANISATION_ROLES = ['administrator', 'auditor', 'operator'] as const satisfies readonly OrganisationRole[]

interface Props {
  value: OrganisationRole | null
  onChange: (role: OrganisationRole | null) => void
}

/** What somebody is for the whole installation; most people are nothing special. */
export function RoleSelect({ value, onChange }: Props) {
  return (
    <label className={form.label}>
      {t('people.role')}
      <select
        className={input.input}
        value={value ?? ''}
        onChange={(event) => onChange(ORGANISATION_ROLES.find((one) => one === event.currentTarget.value) ?? null)}
      >
        <option value="">{t('role.organisation.none')}</option>
        {ORGANISATION_ROLES.map((one) => (
          <option key={one} value={one}>
            {t(`role.organisation.${one}`)}
          </option>
        ))}
      </select>
      <span className={form.quiet}>{t(`role.organisation.${value ?? 'none'}.text`)}</span>
    </label>
  )
}
