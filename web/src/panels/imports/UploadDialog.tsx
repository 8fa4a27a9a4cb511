import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useEffect, useId, useState } from 'react'

import { type Project, listProjects } from '../../api/slides'
import { formatBytes, t } from '../../i18n'
import type { Sorted } from '../../model/upload/groups'
import type { Destination } from '../../model/upload/queue'
import { Dialog } from '../shell/Dialog'
import style from './Uploads.module.css'

interface Props {
  sorted: Sorted
  /** The project that is shown, as a first guess. */
  projectId: string | null
  onStart: (to: Destination) => void
  onClose: () => void
}

/** Where do these slides go? */
export function UploadDialog({ sorted, projectId, onStart, onClose }: Props) {
  const [projects, setProjects] = useState<readonly Project[]>([])
  const [typed, setTyped] = useState<string | null>(null)
  const names = useId()
  const [caseName, setCaseName] = useState('')
  useEffect(() => {
    const stop = new AbortController()
    listProjects(stop.signal).then(setProjects, () => undefined)
    return () => stop.abort()
  }, [])
  const { groups, skipped } = sorted
  const guessed = projects.find((one) => one.project_id === projectId)
  const project = typed ?? guessed?.name ?? ''
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    const wanted = project.trim()
    // Names need not be unique: the project that is shown is meant when its name was left alone.
    const same = guessed?.name === wanted ? guessed : projects.find((one) => one.name === wanted)
    const to = same?.project_id ?? (wanted === '' ? null : wanted)
    onStart({ project: to, case: caseName.trim() === '' ? null : caseName.trim() })
  }
  const size = groups.reduce((sum, one) => sum + one.size, 0)
  return (
    <Dialog title={t('upload.title')} onClose={onClose}>
      <form className={style.form} onSubmit={submit}>
        <p className={style.what}>
          {groups.length === 0
            ? t('upload.nothing')
            : t('upload.what', { count: groups.length, size: formatBytes(size) })}
        </p>
        <ul className={style.names} aria-label={t('upload.title')}>
          {groups.slice(0, 50).map((one) => (
            <li key={one.key}>{one.name}</li>
          ))}
        </ul>
        {skipped.length > 0 && (
          <p className={style.quiet} title={skipped.slice(0, 40).join('\n')}>
            {t('upload.skipped', { count: skipped.length })}
          </p>
        )}
        {groups.length > 0 && (
          <>
            <TextInput
              size="md"
              label={t('upload.project')}
              description={t('upload.projectHint')}
              maxLength={200}
              value={project}
              list={names}
              autoComplete="off"
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
            <datalist id={names}>
              {[...new Set(projects.map((one) => one.name))].map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
            <TextInput
              size="md"
              label={t('upload.case')}
              description={t('upload.caseHint')}
              maxLength={200}
              value={caseName}
              autoComplete="off"
              onChange={(event) => setCaseName(event.currentTarget.value)}
            />
            <Button type="submit" size="md">
              {t('upload.start')}
            </Button>
          </>
        )}
      </form>
    </Dialog>
  )
}
