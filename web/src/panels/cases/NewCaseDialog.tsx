import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import type { CaseSummary } from '../../api/cases'
import { ApiError } from '../../api/problem'
import type { Project, SlideSummary } from '../../api/slides'
import { compareNames, t } from '../../i18n'
import type { Edits } from '../../model/list/edits'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import inputs from '../shell/Input.module.css'
import style from './dialogs.module.css'

interface Props {
  projects: readonly Project[]
  projectId: string | null
  /** Slides that move into the new case. */
  slides: readonly SlideSummary[]
  edits: Edits
  onMade: (made: CaseSummary) => void
  onClose: () => void
}

/** Name a new case; what is selected moves into it. */
export function NewCaseDialog({ projects, projectId, slides, edits, onMade, onClose }: Props) {
  const sorted = [...projects].sort((a, b) => compareNames(a.name, b.name))
  const [project, setProject] = useState(projectId ?? slides[0]?.project_id ?? sorted[0]?.project_id ?? '')
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (name.trim() === '' || project === '') return
    setBusy(true)
    setError(null)
    edits.createCase(project, name.trim(), slides).then(onMade, (failure: unknown) => {
      setBusy(false)
      setError(failure)
    })
  }
  const atField = error instanceof ApiError && (error.status === 422 || error.status === 409)
  return (
    <Dialog title={t('cases.new')} onClose={onClose}>
      <form className={style.form} onSubmit={submit}>
        <TextInput
          data-autofocus
          label={t('cases.name')}
          description={t('cases.nameHint')}
          value={name}
          maxLength={120}
          error={atField ? sentence(error) : undefined}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <label className={style.label}>
          {t('cases.project')}
          <select className={inputs.input} value={project} onChange={(event) => setProject(event.currentTarget.value)}>
            {sorted.map((one) => (
              <option key={one.project_id} value={one.project_id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        {error !== null && !atField && <ErrorNotice compact error={error} />}
        <Button type="submit" loading={busy} disabled={name.trim() === ''}>
          {slides.length === 0 ? t('cases.create') : t('cases.createAnd', { count: slides.length })}
        </Button>
      </form>
    </Dialog>
  )
}
