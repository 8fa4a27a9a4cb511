import { Button } from '@mantine/core'
import { type SyntheticEvent, useId, useState } from 'react'

import { type FolderRule, changeRule, createRule } from '../../api/imports'
import { ApiError } from '../../api/problem'
import type { Project } from '../../api/slides'
import { compareNames, t } from '../../i18n'
import { pathOf } from '../../model/list/projectTree'
import { Labelled } from '../settings/RuleEditor'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import inputs from '../shell/Input.module.css'
import style from './FolderRules.module.css'

const EXAMPLE = '{case}_{block}_{stain}'
const FIELDS = ['folder', 'project_id', 'pattern', 'stain'] as const
type Field = (typeof FIELDS)[number]

interface Props {
  /** The rule to change; null for a new one. */
  rule: FolderRule | null
  projects: readonly Project[]
  /** The served folders, to choose from or to go on typing below. */
  folders: readonly string[]
  onSaved: (rule: FolderRule) => void
  onCancel: () => void
}

/** A rule as it is written; what the server refuses is said at the field that it is about. */
export function RuleForm({ rule, projects, folders, onSaved, onCancel }: Props) {
  const [folder, setFolder] = useState(rule?.folder ?? '')
  const [projectId, setProjectId] = useState(rule?.project_id ?? '')
  const [pattern, setPattern] = useState(rule?.pattern ?? '')
  const [stain, setStain] = useState(rule?.stain ?? '')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const titleId = useId()
  const foldersId = useId()
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    const says = { project_id: orNull(projectId), pattern: orNull(pattern), stain: orNull(stain) }
    const asked = rule === null ? createRule(folder.trim(), says) : changeRule(rule.rule_id, says)
    asked.then(onSaved, (failure: unknown) => {
      setBusy(false)
      setError(failure)
    })
  }
  const at = fieldOf(error)
  const problem = (field: Field): string | null => (at === field ? sentence(error) : null)
  const places = projects
    .map((project) => ({ id: project.project_id, path: pathOf(projects, project) }))
    .sort((a, b) => compareNames(a.path, b.path))
  return (
    <form
      className={style.form}
      aria-labelledby={titleId}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onCancel()
      }}
    >
      <h2 id={titleId} className={style.formTitle}>
        {rule === null ? t('rules.addTitle') : t('rules.editTitle', { folder: rule.folder })}
      </h2>
      {rule === null && (
        <Labelled label={t('rules.folder')} hint={t('rules.folderHint')} problem={problem('folder')}>
          {(shared) => (
            <input
              {...shared}
              className={inputs.input}
              value={folder}
              list={foldersId}
              required
              maxLength={4096}
              autoFocus
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setFolder(event.currentTarget.value)}
            />
          )}
        </Labelled>
      )}
      <datalist id={foldersId}>
        {folders.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <Labelled label={t('rules.project')} problem={problem('project_id')}>
        {(shared) => (
          <select
            {...shared}
            className={inputs.input}
            value={projectId}
            autoFocus={rule !== null}
            onChange={(event) => setProjectId(event.currentTarget.value)}
          >
            <option value="">{t('rules.ownProject')}</option>
            {projectId !== '' && !places.some((place) => place.id === projectId) && (
              <option value={projectId}>{t('rules.lostProject')}</option>
            )}
            {places.map(({ id, path }) => (
              <option key={id} value={id}>
                {path}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled
        label={t('rules.patternLabel')}
        hint={t('rules.patternHint', { example: EXAMPLE })}
        problem={problem('pattern')}
      >
        {(shared) => (
          <input
            {...shared}
            className={inputs.input}
            value={pattern}
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setPattern(event.currentTarget.value)}
          />
        )}
      </Labelled>
      <Labelled label={t('rules.stainLabel')} hint={t('rules.stainHint')} problem={problem('stain')}>
        {(shared) => (
          <input
            {...shared}
            className={inputs.input}
            value={stain}
            maxLength={100}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setStain(event.currentTarget.value)}
          />
        )}
      </Labelled>
      {error !== null && at === null && <ErrorNotice compact error={error} title={t('rules.notSaved')} />}
      <div className={style.foot}>
        <Button variant="default" onClick={onCancel}>
          {t('rules.cancel')}
        </Button>
        <Button type="submit" loading={busy}>
          {t('rules.save')}
        </Button>
      </div>
    </form>
  )
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}

/** The field that a refusal is about; a folder that has a rule is the only conflict there is. */
function fieldOf(error: unknown): Field | null {
  if (!(error instanceof ApiError)) return null
  if (error.status === 409) return 'folder'
  const pointers = error.problems.map(({ pointer }) => pointer)
  return FIELDS.find((field) => pointers.some((pointer) => pointer.endsWith(`/${field}`))) ?? null
}
