import { type SyntheticEvent, useState } from 'react'

import { createProject, renameProject } from '../../api/projects'
import { type Project, tableUrl } from '../../api/slides'
import { t } from '../../i18n'
import { type ListQuery, selectionOf } from '../../model/list/query'
import { Disclosure } from '../shell/Disclosure'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import bar from './ListToolbar.module.css'
import style from './ProjectMenu.module.css'

interface Props {
  project: Project | null
  /** The list that is shown. */
  query: ListQuery
  onCase: () => void
  onSettings: () => void
  onTrash: (project: Project) => void
  /** A project was made or renamed. */
  onChanged: (project: Project) => void
}

type Form = 'new' | 'rename' | null

/** What one does with the project that is shown, or at the top where none is. */
export function ProjectMenu({ project, query, onCase, onSettings, onTrash, onChanged }: Props) {
  const [form, setForm] = useState<Form>(null)
  return (
    <Disclosure face={<Icon name="more" />} label={t('project.menu')} className={bar.square}>
      {(close) => (
        <div className={style.menu}>
          {project !== null && form === null && (
            <>
              <Item
                icon="case"
                name={t('cases.newHere')}
                onClick={() => {
                  close()
                  onCase()
                }}
              />
              <Item
                icon="settings"
                name={t('project.settings')}
                onClick={() => {
                  close()
                  onSettings()
                }}
              />
            </>
          )}
          {form === null ? (
            <>
              <a className={style.item} href={tableUrl(selectionOf(query))} download onClick={close}>
                <Icon name="download" size={16} />
                {t('project.export')}
              </a>
              <hr className={style.line} />
              <Item
                icon="plus"
                name={t(project === null ? 'project.new' : 'project.newBelow')}
                onClick={() => setForm('new')}
              />
              {project !== null && (
                <>
                  <Item icon="edit" name={t('project.rename')} onClick={() => setForm('rename')} />
                  <Item
                    icon="trash"
                    name={t('project.trash')}
                    onClick={() => {
                      close()
                      onTrash(project)
                    }}
                  />
                </>
              )}
            </>
          ) : (
            <NameForm
              project={project}
              form={form}
              onDone={(changed) => {
                setForm(null)
                close()
                if (changed !== null) onChanged(changed)
              }}
            />
          )}
        </div>
      )}
    </Disclosure>
  )
}

interface ItemProps {
  icon: 'case' | 'settings' | 'plus' | 'edit' | 'trash'
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
