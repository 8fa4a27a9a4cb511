import { type SyntheticEvent, Suspense, useState } from 'react'

import { may } from '../../api/members'
import { createProject, renameProject } from '../../api/projects'
import { type Project, tableUrl } from '../../api/slides'
import { t } from '../../i18n'
import { type ListQuery, selectionOf } from '../../model/list/query'
import { MembersDialog } from '../members/MembersButton'
import { ShareDialog } from '../shares/ShareButton'
import { Disclosure } from '../shell/Disclosure'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import { useSession } from '../shell/session'
import bar from './ListToolbar.module.css'
import style from './ProjectMenu.module.css'

interface Props {
  project: Project | null
  /** The list that is shown. */
  query: ListQuery
  /** Its slides as they are shown. */
  order: readonly string[]
  onCase: () => void
  onSettings: () => void
  onTrash: (project: Project) => void
  /** A project was made or renamed. */
  onChanged: (project: Project) => void
}

type Form = 'new' | 'rename' | null

/** What one does with the project that is shown, or at the top where none is. */
export function ProjectMenu({ project, query, order, onCase, onSettings, onTrash, onChanged }: Props) {
  const { viewer } = useSession()
  const [form, setForm] = useState<Form>(null)
  const [members, setMembers] = useState(false)
  const [sharing, setSharing] = useState(false)
  const edits = project !== null && may(project, 'editor')
  const manages = project === null ? viewer.is_admin : may(project, 'manager')
  const exports = project?.rights.includes('export') ?? true
  if (!edits && !manages && !exports) return null
  return (
    <>
      <Disclosure face={<Icon name="more" />} label={t('project.menu')} className={bar.square}>
        {(close) => {
          const item = (icon: ItemProps['icon'], name: string, act: () => void) => (
            <Item
              icon={icon}
              name={name}
              onClick={() => {
                close()
                act()
              }}
            />
          )
          if (form !== null) {
            return (
              <NameForm
                project={project}
                form={form}
                onDone={(changed) => {
                  setForm(null)
                  close()
                  if (changed !== null) onChanged(changed)
                }}
              />
            )
          }
          return (
            <div className={style.menu}>
              {edits && item('case', t('cases.newHere'), onCase)}
              {edits && item('settings', t('project.settings'), onSettings)}
              {project !== null && manages && item('group', t('members.open'), () => setMembers(true))}
              {project !== null && manages && item('share', t('shares.openMenu'), () => setSharing(true))}
              {exports && (
                <a className={style.item} href={tableUrl(selectionOf(query))} download onClick={close}>
                  <Icon name="download" size={16} />
                  {t('project.export')}
                </a>
              )}
              {manages && (
                <>
                  <hr className={style.line} />
                  <Item icon="plus" name={t(project === null ? 'project.new' : 'project.newBelow')} onClick={() => setForm('new')} />
                </>
              )}
              {project !== null && manages && (
                <>
                  <Item icon="edit" name={t('project.rename')} onClick={() => setForm('rename')} />
                  {item('trash', t('project.trash'), () => onTrash(project))}
                </>
              )}
            </div>
          )
        }}
      </Disclosure>
      {sharing && project !== null && (
        <Suspense fallback={null}>
          <ShareDialog
            targets={[{ kind: 'project', id: project.project_id, name: project.name }]}
            startOf={() => ({ order })}
            onClose={() => setSharing(false)}
          />
        </Suspense>
      )}
      {members && project !== null && (
        <Suspense fallback={null}>
          <MembersDialog scope={{ kind: 'project', id: project.project_id }} name={project.name} onClose={() => setMembers(false)} />
        </Suspense>
      )}
    </>
  )
}

interface ItemProps {
  icon: 'case' | 'group' | 'share' | 'settings' | 'plus' | 'edit' | 'trash'
  name: string
  onClick: () => void
}

function Item({ icon, name, onClick }: ItemProps) {
  return (
    <button type="button" className={style.item} onClick={onClick}>
      <Icon name={icon} size={16} />
      {name}
    </button>
  )
}

interface NameFormProps {
  project: Project | null
  form: 'new' | 'rename'
  onDone: (changed: Project | null) => void
}

function NameForm({ project, form, onDone }: NameFormProps) {
  const [name, setName] = useState(form === 'rename' ? (project?.name ?? '') : '')
  const [error, setError] = useState<unknown>(null)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    const call =
      form === 'rename' && project !== null
        ? renameProject(project.project_id, name.trim())
        : createProject({ name: name.trim(), ...(project === null ? {} : { parent_id: project.project_id }) })
    call.then(onDone, setError)
  }
  return (
    <form className={style.form} onSubmit={submit}>
      <label className={style.label}>
        {t('project.name')}
        <input
          className={style.name}
          value={name}
          maxLength={200}
          autoFocus
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      {error !== null && <ErrorNotice compact error={error} title={t('project.failed')} />}
      <div className={style.buttons}>
        <button type="submit" className={style.submit}>
          {t(form === 'new' ? 'project.create' : 'project.save')}
        </button>
        <button type="button" className={style.cancel} onClick={() => onDone(null)}>
          {t('fields.cancel')}
        </button>
      </div>
    </form>
  )
}
