import { type MemberList, type Visibility, type Visible, setVisibility } from '../../api/members'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { useTask } from '../shell/useTask'

const VISIBLE = ['private', 'signed_in', 'public'] as const satisfies readonly Visible[]

interface Props {
  projectId: string
  visibility: Visibility
  onList: (list: MemberList) => void
}

/** Who sees a project that no entry mentions. */
export function VisibilityField({ projectId, visibility, onList }: Props) {
  const { busy, error, run } = useTask()
  const { setting, in_force: inForce, from_place: from, public_allowed: allowed } = visibility
  const choose = (value: string): void =>
    run(() => proved(() => setVisibility(projectId, VISIBLE.find((one) => one === value) ?? null)), onList)
  return (
    <label className={form.label}>
      {t('visibility.label')}
      <select className={input.input} value={setting ?? ''} disabled={busy} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">
          {from === null ? t('visibility.default') : t('visibility.inherit', { place: from.name, now: t(`visibility.${inForce}`) })}
        </option>
        {VISIBLE.filter((one) => one !== 'public' || allowed || setting === 'public').map((one) => (
          <option key={one} value={one}>
            {t(`visibility.${one}`)}
          </option>
        ))}
      </select>
      <span className={form.quiet}>{t(`visibility.${inForce}.text`)}</span>
      {error !== null && <ErrorNotice compact error={error} title={t('members.notSaved')} />}
    </label>
  )
}
