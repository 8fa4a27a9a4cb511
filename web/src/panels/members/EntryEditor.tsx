import { Button } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { type EntryRole, RIGHTS, ROLES, type Right, type Scope } from '../../api/members'
import { t } from '../../i18n'
import { mayTick, rightsOf, withRight } from '../../model/members'
import form from '../shell/Form.module.css'
import style from './Members.module.css'

interface Props {
  /** null: somebody new. */
  role: EntryRole | null
  rights: readonly Right[]
  mayGive: readonly Right[]
  scope: Scope
  busy: boolean
  saveText: string
  onSave: (role: EntryRole, rights: readonly Right[]) => void
  onRemove?: () => void
  onCancel: () => void
}

const FIRST: EntryRole = 'viewer'

/** A role, said in words, and the rights that go with it. */
export function EntryEditor({ role: before, rights: held, mayGive, scope, busy, saveText, onSave, onRemove, onCancel }: Props) {
  const [role, setRole] = useState<EntryRole>(before ?? FIRST)
  const [rights, setRights] = useState<readonly Right[]>(before === null ? rightsOf(FIRST, mayGive) : held)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    onSave(role, role === 'none' ? [] : rights)
  }
  const choose = (next: EntryRole): void => {
    setRole(next)
    // A role brings its own rights; they can be changed afterwards.
    setRights(rightsOf(next, mayGive))
  }
  return (
    <form className={style.editor} onSubmit={submit}>
      <fieldset className={style.roles}>
        <legend className="cs-unseen">{t('members.role')}</legend>
        {[...ROLES, 'none' as const].map((one) => (
          <label key={one} className={style.choice} data-chosen={role === one}>
            <input type="radio" name="role" value={one} checked={role === one} onChange={() => choose(one)} />
            <span>
              <b>{t(`role.${one}`)}</b>
              <span className={style.words}>{one === 'none' ? t(`role.none.text.${scope.kind}`) : t(`role.${one}.text`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {role !== 'none' && (
        <fieldset className={style.rights}>
          <legend>{t('members.rights')}</legend>
          {RIGHTS.map((right) => (
            <label key={right} className={form.check}>
              <input
                type="checkbox"
                checked={rights.includes(right)}
                disabled={!mayTick(right, held, mayGive)}
                onChange={(event) => setRights(withRight(rights, right, event.currentTarget.checked))}
              />
              <span>
                {t(`right.${right}`)}
                <span className={style.words}>{t(`right.${right}.text`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <div className={form.foot}>
        {onRemove && (
          <Button variant="subtle" color="red" disabled={busy} onClick={onRemove}>
            {t('members.remove')}
          </Button>
        )}
        <Button variant="default" onClick={onCancel}>
          {t('fields.cancel')}
        </Button>
        <Button type="submit" loading={busy}>
          {saveText}
        </Button>
      </div>
    </form>
  )
}
