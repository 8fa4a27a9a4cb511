import { Button } from '@mantine/core'
import { useCallback, useState } from 'react'

import { type Member, type MemberList, type Scope, type Subject, findSubjects, putMember, removeMember } from '../../api/members'
import { t } from '../../i18n'
import { proved } from '../account/proof'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Finder } from '../shell/Finder'
import form from '../shell/Form.module.css'
import { useTask } from '../shell/useTask'
import { EntryEditor } from './EntryEditor'
import style from './Members.module.css'
import { SubjectFace, rightsText } from './SubjectFace'
import { VisibilityField } from './VisibilityField'

interface Props {
  scope: Scope
  list: MemberList
  onList: (list: MemberList) => void
  onWhy: (subject: Subject) => void
}

/** The entries that count here: this place's own, and those of the places above. */
export function MemberEntries({ scope, list, onList, onWhy }: Props) {
  const { kind, id } = scope
  const find = useCallback((q: string, signal: AbortSignal) => findSubjects({ kind, id }, q, signal), [kind, id])
  const [adding, setAdding] = useState<Subject | null>(null)
  const [editing, setEditing] = useState<string | null>(null)
  const { busy, error, run } = useTask()
  const done = (newer: MemberList): void => {
    setAdding(null)
    setEditing(null)
    onList(newer)
  }
  const own = list.items.filter((one) => one.here)
  const above = list.items.filter((one) => !one.here)
  const pick = (subject: Subject): void => {
    const known = own.find((one) => keyOf(one.subject) === keyOf(subject))
    setAdding(known === undefined ? subject : null)
    setEditing(known === undefined ? null : keyOf(known.subject))
  }
  const row = (one: Member) => (
    <li key={`${keyOf(one.subject)} ${one.from_place?.object_id ?? 'above'}`} className={style.entry} data-overridden={one.overridden}>
      <MemberRow
        one={one}
        open={one.here && editing === keyOf(one.subject)}
        onEdit={() => {
          setAdding(one.here ? null : one.subject)
          setEditing(one.here ? keyOf(one.subject) : null)
        }}
        onWhy={one.subject.kind === 'person' ? () => onWhy(one.subject) : null}
      />
      {one.here && editing === keyOf(one.subject) && (
        <EntryEditor
          role={one.role}
          rights={one.rights}
          mayGive={list.may_give}
          scope={scope}
          busy={busy}
          saveText={t('members.save')}
          onSave={(role, rights) => run(() => proved(() => putMember(scope, one.subject, role, rights)), done)}
          onRemove={() => run(() => proved(() => removeMember(scope, one.subject)), done)}
          onCancel={() => setEditing(null)}
        />
      )}
    </li>
  )
  return (
    <>
      {list.visibility !== null && scope.kind === 'project' && (
        <VisibilityField projectId={scope.id} visibility={list.visibility} onList={onList} />
      )}
      <Finder label={t('members.find')} find={find} keyOf={keyOf} face={(one) => <SubjectFace subject={one} />} onPick={pick} autoFocus />
      {error !== null && <ErrorNotice compact error={error} title={t('members.notSaved')} />}
      {adding !== null && (
        <div className={style.adding} role="group" aria-label={t('members.addOf', { name: adding.name })}>
          <SubjectFace subject={adding} />
          <EntryEditor
            key={keyOf(adding)}
            role={null}
            rights={[]}
            mayGive={list.may_give}
            scope={scope}
            busy={busy}
            saveText={t('members.add')}
            onSave={(role, rights) => run(() => proved(() => putMember(scope, adding, role, rights)), done)}
            onCancel={() => setAdding(null)}
          />
        </div>
      )}
      <h3 className={style.heading}>{t(`members.here.${scope.kind}`)}</h3>
      {own.length === 0 ? (
        <p className={form.quiet}>{t(above.length === 0 ? 'members.nobody' : `members.noneHere.${scope.kind}`)}</p>
      ) : (
        <ul className={style.entries} aria-label={t(`members.here.${scope.kind}`)}>
          {own.map(row)}
        </ul>
      )}
      {above.length > 0 && (
        <>
          <h3 className={style.heading}>{t('members.above')}</h3>
          <ul className={style.entries} aria-label={t('members.above')}>
            {above.map(row)}
          </ul>
        </>
      )}
    </>
  )
}

function keyOf({ kind, subject_id: id }: Subject): string {
  return `${kind} ${id}`
}

interface RowProps {
  one: Member
  open: boolean
  onEdit: () => void
  onWhy: (() => void) | null
}

function MemberRow({ one, open, onEdit, onWhy }: RowProps) {
  const { name } = one.subject
  return (
    <div className={style.row}>
      <SubjectFace subject={one.subject} />
      <span className={style.may}>
        <span className={style.role} data-none={one.role === 'none'}>
          {t(`role.${one.role}`)}
        </span>
        <span className={style.quiet}>
          {[
            one.rights.length === 0 ? null : rightsText(one.rights),
            one.here ? null : one.from_place === null ? t('members.fromAbove') : t('members.from', { place: one.from_place.name }),
            one.overridden ? t('members.overridden') : null,
          ]
            .filter((fact) => fact !== null)
            .join(' · ')}
        </span>
      </span>
      <span className={style.buttons}>
        {onWhy !== null && (
          <Button variant="subtle" color="gray" size="xs" aria-label={t('members.whyOf', { name })} onClick={onWhy}>
            {t('members.why')}
          </Button>
        )}
        {!open && !one.overridden && (
          <Button variant="default" size="xs" aria-label={t(one.here ? 'members.changeOf' : 'members.otherOf', { name })} onClick={onEdit}>
            {t(one.here ? 'members.change' : 'members.other')}
          </Button>
        )}
      </span>
    </div>
  )
}
