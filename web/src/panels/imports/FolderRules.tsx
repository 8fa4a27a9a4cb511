import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import { type FolderRule, createRule, deleteRule, listRoots, listRules } from '../../api/imports'
import { isAbort } from '../../api/problem'
import { type Project, listProjects } from '../../api/slides'
import { compareNames, t } from '../../i18n'
import { pathOf } from '../../model/list/projectTree'
import { Notices } from '../../model/notices'
import { ErrorNotice } from '../shell/ErrorNotice'
import rows from '../shell/Rows.module.css'
import { Toast } from '../shell/Toast'
import { Icon } from '../shell/icons'
import style from './FolderRules.module.css'
import { RuleForm } from './RuleForm'

/** What is being written: a new rule, or the one of this id. */
const NEW = 'new'

/** What becomes of slides by the folder they arrive in: the rules, and all that can be done with them. */
export function FolderRules() {
  const [rules, setRules] = useState<readonly FolderRule[] | null>(null)
  const [projects, setProjects] = useState<readonly Project[]>([])
  const [folders, setFolders] = useState<readonly string[]>([])
  const [writing, setWriting] = useState<string | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [version, setVersion] = useState(0)
  const [notices] = useState(
    () => new Notices({ undone: (text) => t('edits.undone', { text }), nothing: t('edits.nothing') }),
  )
  const whole = useRef<HTMLElement>(null)

  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    Promise.all([listRules(signal), listProjects(signal), listRoots(signal)]).then(
      ([found, all, roots]) => {
        setRules([...found].sort((a, b) => compareNames(a.folder, b.folder)))
        setProjects(all)
        setFolders(roots.map((root) => root.path))
        setError(null)
      },
      (failure: unknown) => {
        if (!isAbort(failure)) setError(failure)
      },
    )
    return () => controller.abort()
  }, [version])

  const look = (): void => setVersion((now) => now + 1)
  /** The form takes its place in the page with it: the focus goes back to what opened it. */
  const close = (opener: string | null): void => {
    setWriting(null)
    requestAnimationFrame(() => {
      const there = opener === null ? null : whole.current?.querySelector<HTMLElement>(`[data-rule="${opener}"]`)
      ;(there ?? whole.current?.querySelector<HTMLElement>('[data-rule=new]'))?.focus()
    })
  }
  const saved = (rule: FolderRule): void => {
    setRules((now) => [...(now ?? []).filter((one) => one.rule_id !== rule.rule_id), rule].sort((a, b) => compareNames(a.folder, b.folder)))
    notices.say(t('rules.saved', { folder: rule.folder }))
    close(rule.rule_id)
  }
  const remove = (rule: FolderRule): void => {
    const { rule_id, folder, ...says } = rule
    deleteRule(rule_id).then(
      () => {
        setRules((now) => (now ?? []).filter((one) => one.rule_id !== rule_id))
        notices.did({ text: t('rules.removed', { folder }), undo: () => createRule(folder, says).then(look) })
        close(null)
      },
      (failure: unknown) => notices.fail(t('rules.notRemoved'), failure),
    )
  }
  const shared = { projects, folders, onSaved: saved }
  return (
    <section ref={whole} aria-label={t('imports.section.rules')}>
      <p className={style.text}>{t('rules.text')}</p>
      {error !== null && <ErrorNotice compact error={error} title={t('rules.failed')} onRetry={look} />}
      {rules !== null && writing !== NEW && (
        <Button
          className={style.add}
          data-rule="new"
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => setWriting(NEW)}
        >
          {t('rules.add')}
        </Button>
      )}
      {writing === NEW && <RuleForm {...shared} rule={null} onCancel={() => close(NEW)} />}
      {rules?.length === 0 && (
        <div className={style.empty}>
          <p className={style.emptyTitle}>{t('rules.none')}</p>
          <p className={style.text}>{t('rules.noneText')}</p>
        </div>
      )}
      {rules !== null && rules.length > 0 && (
        <ul className={rows.rows} aria-label={t('rules.list')}>
          {rules.map((rule) =>
            writing === rule.rule_id ? (
              <li key={rule.rule_id}>
                <RuleForm {...shared} rule={rule} onCancel={() => close(rule.rule_id)} />
              </li>
            ) : (
              <Row
                key={rule.rule_id}
                rule={rule}
                projects={projects}
                onEdit={() => setWriting(rule.rule_id)}
                onRemove={() => remove(rule)}
              />
            ),
          )}
        </ul>
      )}
      <Toast notices={notices} />
    </section>
  )
}

interface RowProps {
  rule: FolderRule
  projects: readonly Project[]
  onEdit: () => void
  onRemove: () => void
}

function Row({ rule, projects, onEdit, onRemove }: RowProps) {
  const { folder, pattern, stain } = rule
  return (
    <li className={style.row}>
      <Icon name="folder" />
      <div className={style.what}>
        <span className={style.folder}>{folder}</span>
        <span>
          <span className={style.quiet}>{t('rules.arrow')}</span> {projectName(rule, projects)}
        </span>
        {(pattern !== null || stain !== null) && (
          <span className={style.facts}>
            {pattern !== null && (
              <span>
                <span className={style.quiet}>{t('rules.pattern')}</span> <code className={style.code}>{pattern}</code>
              </span>
            )}
            {stain !== null && (
              <span>
                <span className={style.quiet}>{t('rules.stain')}</span> {stain}
              </span>
            )}
          </span>
        )}
      </div>
      <div className={style.actions}>
        <Button
          variant="default"
          size="sm"
          data-rule={rule.rule_id}
          aria-label={t('rules.editOf', { folder })}
          onClick={onEdit}
        >
          {t('rules.edit')}
        </Button>
        <Button variant="default" size="sm" aria-label={t('rules.removeOf', { folder })} onClick={onRemove}>
          {t('rules.remove')}
        </Button>
      </div>
    </li>
  )
}

function projectName({ project_id: projectId }: FolderRule, projects: readonly Project[]): string {
  if (projectId === null) return t('rules.ownProject')
  const project = projects.find((one) => one.project_id === projectId)
  return project === undefined ? t('rules.lostProject') : pathOf(projects, project)
}
