import { type GroupRef, listGroups } from '../../api/people'
import { t } from '../../i18n'
import { useLoaded } from '../shell/useLoaded'
import input from '../shell/Input.module.css'
import { Icon } from '../shell/icons'
import style from './People.module.css'

const allGroups = (signal: AbortSignal) => listGroups('', signal)

interface Props {
  chosen: readonly GroupRef[]
  busy?: boolean
  onAdd: (group: GroupRef) => void
  onRemove: (group: GroupRef) => void
}

/** The groups that somebody is in. */
export function GroupsField({ chosen, busy = false, onAdd, onRemove }: Props) {
  const { value: groups } = useLoaded(allGroups)
  const left = (groups ?? []).filter((one) => one.source === 'local' && chosen.every((other) => other.group_id !== one.group_id))
  const outside = new Set((groups ?? []).filter((one) => one.source !== 'local').map((one) => one.group_id))
  return (
    <ul className={style.groups} aria-label={t('people.groups')}>
      {chosen.map((one) => (
        <li key={one.group_id} className={style.group}>
          {one.name}
          {!outside.has(one.group_id) && (
            <button
              type="button"
              className={style.drop}
              disabled={busy}
              aria-label={t('people.leaveGroup', { name: one.name })}
              onClick={() => onRemove(one)}
            >
              <Icon name="close" size={14} />
            </button>
          )}
        </li>
      ))}
      {left.length > 0 && (
        <li className={style.addGroup}>
          <select
            className={input.input}
            data-look="low"
            aria-label={t('people.addGroup')}
            value=""
            disabled={busy}
            onChange={(event) => {
              const group = left.find((one) => one.group_id === event.currentTarget.value)
              if (group !== undefined) onAdd(group)
            }}
          >
            <option value="">{t('people.addGroup')}</option>
            {left.map((one) => (
              <option key={one.group_id} value={one.group_id}>
                {one.name}
              </option>
            ))}
          </select>
        </li>
      )}
      {chosen.length === 0 && left.length === 0 && <li className={style.quiet}>{t('people.noGroups')}</li>}
    </ul>
  )
}
