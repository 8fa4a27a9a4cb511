import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useCallback, useState } from 'react'

import {
  type Group,
  addToGroup,
  changeGroup,
  createGroup,
  deleteGroup,
  listGroupMembers,
  listPeople,
  removeFromGroup,
} from '../../api/people'
import { ApiError } from '../../api/problem'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import { Finder } from '../shell/Finder'
import form from '../shell/Form.module.css'
import { Icon } from '../shell/icons'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './People.module.css'

interface Props {
  /** null: a new one. */
  group: Group | null
  onMade: (group: Group) => void
  onChanged: () => void
  onClose: () => void
}

/** A group's name and who is in it. */
export function GroupDialog({ group, onMade, onChanged, onClose }: Props) {
  const [name, setName] = useState(group?.name ?? '')
  const [description, setDescription] = useState(group?.description ?? '')
  const [sure, setSure] = useState(false)
  const [said, setSaid] = useState('')
  const { busy, error, run } = useTask()
  const own = group === null || group.source === 'local'
  const code = error instanceof ApiError ? error.code : null
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    setSaid('')
    const work = (): Promise<Group> =>
      group === null
        ? createGroup(name.trim(), description.trim())
        : changeGroup(group.group_id, { name: name.trim(), description: description.trim() })
    run(
      () => proved(work),
      (saved) => {
        onChanged()
        if (group === null) onMade(saved)
        else setSaid(t('person.saved'))
      },
    )
  }
  const drop = (): void => {
    if (group === null) return
    run(
      () => proved(() => deleteGroup(group.group_id)),
      () => {
        onChanged()
        onClose()
      },
    )
  }
  return (
    <Dialog key={group?.group_id ?? 'new'} title={group === null ? t('groups.new') : group.name} onClose={onClose}>
      <div className={style.dialog}>
        {own ? (
          <form className={form.form} onSubmit={submit}>
            <TextInput
              data-autofocus={group === null || undefined}
              label={t('groups.name')}
              value={name}
              maxLength={120}
              autoComplete="off"
              error={code === 'name_taken' ? sentence(error) : undefined}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TextInput
              label={t('groups.description')}
              value={description}
              maxLength={500}
              autoComplete="off"
              onChange={(event) => setDescription(event.currentTarget.value)}
            />
            <div className={form.foot}>
              <span className={form.good} role="status">
                {said}
              </span>
              <Button type="submit" variant={group === null ? 'filled' : 'default'} loading={busy} disabled={name.trim() === ''}>
                {t(group === null ? 'groups.make' : 'account.save')}
              </Button>
            </div>
          </form>
        ) : (
          <p className={form.note}>{t('groups.externalText', { source: group.source })}</p>
        )}
        {error !== null && code !== 'name_taken' && <ErrorNotice compact error={error} title={t('groups.notSaved')} />}
        {group !== null && <Members group={group} own={own} onChanged={onChanged} />}
        {group !== null && own && (
          <div className={sure ? style.question : style.actions}>
            {sure ? (
              <>
                <p className={form.text}>{t('groups.deleteSure', { name: group.name })}</p>
                <div className={form.foot}>
                  <Button variant="default" onClick={() => setSure(false)}>
                    {t('fields.cancel')}
                  </Button>
                  <Button className={form.danger} loading={busy} onClick={drop}>
                    {t('groups.delete')}
                  </Button>
                </div>
              </>
            ) : (
              <Button variant="default" onClick={() => setSure(true)}>
                {t('groups.delete')}
              </Button>
            )}
          </div>
        )}
      </div>
    </Dialog>
  )
}

const findPeople = async (q: string, signal: AbortSignal) => (await listPeople({ q, state: 'active', limit: 8 }, signal)).items

function Members({ group, own, onChanged }: { group: Group; own: boolean; onChanged: () => void }) {
  const { group_id: groupId } = group
  const load = useCallback((signal: AbortSignal) => listGroupMembers(groupId, null, signal), [groupId])
  const { value: page, error: failure, again, set } = useLoaded(load)
  const { busy, error, run } = useTask()
  const changed = (): void => {
    again()
    onChanged()
  }
  const more = (): void => {
    if (page === null || page.next_cursor === null) return
    run(
      () => listGroupMembers(groupId, page.next_cursor),
      (next) => set({ ...next, items: [...page.items, ...next.items] }),
    )
  }
  return (
    <>
      <h3 className={style.heading}>{t('groups.members', { count: page?.total ?? group.member_count })}</h3>
      {(failure ?? error) !== null && <ErrorNotice compact error={failure ?? error} title={t('groups.notSaved')} />}
      {own && (
        <Finder
          label={t('groups.addMember')}
          find={findPeople}
          keyOf={(one) => one.person_id}
          face={(one) => (
            <>
              <Icon name="person" size={16} />
              {one.name}
              <span className={style.quiet}>{one.user_name}</span>
            </>
          )}
          onPick={(one) => run(() => proved(() => addToGroup(groupId, one.person_id)), changed)}
        />
      )}
      {page !== null && page.items.length > 0 && (
        <ul className={style.members} aria-label={t('groups.membersOf', { name: group.name })}>
          {page.items.map((one) => (
            <li key={one.person_id}>
              <span className={style.who}>
                {one.name}
                <span className={style.quiet}>{one.user_name}</span>
              </span>
              {own && (
                <Button
                  variant="subtle"
                  color="gray"
                  size="xs"
                  disabled={busy}
                  aria-label={t('groups.removeMember', { name: one.name })}
                  onClick={() => run(() => proved(() => removeFromGroup(groupId, one.person_id)), changed)}
                >
                  {t('groups.remove')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {page !== null && page.next_cursor !== null && (
        <Button variant="default" disabled={busy} onClick={more}>
          {t('people.more')}
        </Button>
      )}
    </>
  )
}
