import { Button } from '@mantine/core'
import { useRef, useState } from 'react'

import { ApiError, type FieldProblem } from '../../api/problem'
import type { FieldRule } from '../../api/projects'
import { t } from '../../i18n'
import { type RuleDraft, draftOf, newDraft, ruleOf } from '../../model/list/fieldRules'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import { RuleEditor } from './RuleEditor'
import style from './Settings.module.css'

interface Props {
  rules: readonly FieldRule[]
  onSave: (rules: FieldRule[]) => Promise<void>
}

/** The fields that slides and cases of a project have. */
export function SchemaEditor({ rules, onSave }: Props) {
  const [drafts, setDrafts] = useState<readonly RuleDraft[]>(() => rules.map(draftOf))
  const [open, setOpen] = useState<number | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [said, setSaid] = useState<'saved' | null>(null)
  const [busy, setBusy] = useState(false)
  const next = useRef(rules.length)

  const change = (changed: readonly RuleDraft[]): void => {
    setDrafts(changed)
    setSaid(null)
  }
  const add = (): void => {
    next.current += 1
    change([...drafts, newDraft(next.current)])
    setOpen(next.current)
  }
  const move = (at: number, by: number): void => {
    const moved = [...drafts]
    const [one] = moved.splice(at, 1)
    if (one !== undefined) moved.splice(at + by, 0, one)
    change(moved)
  }
  const save = (): void => {
    setBusy(true)
    setError(null)
    onSave(drafts.map(ruleOf)).then(
      () => {
        setBusy(false)
        setSaid('saved')
        setOpen(null)
      },
      (failure: unknown) => {
        setBusy(false)
        setError(failure)
        const at = problemsOf(failure).map(({ pointer }) => ruleAt(pointer))[0]
        if (at !== undefined) setOpen(drafts[at]?.id ?? null)
      },
    )
  }
  const problems = problemsOf(error)
  const elsewhere = error !== null && problems.every(({ pointer }) => ruleAt(pointer) === undefined)
  return (
    <>
      <p className={style.text}>{t('schema.text')}</p>
      {drafts.length === 0 && <p className={style.quiet}>{t('schema.none')}</p>}
      <ul className={style.rules}>
        {drafts.map((draft, at) => (
          <RuleEditor
            key={draft.id}
            draft={draft}
            open={open === draft.id}
            problems={problems.filter(({ pointer }) => ruleAt(pointer) === at)}
            first={at === 0}
            last={at === drafts.length - 1}
            onOpen={() => setOpen(open === draft.id ? null : draft.id)}
            onChange={(changed) => change(drafts.map((one) => (one.id === draft.id ? changed : one)))}
            onMove={(by) => move(at, by)}
            onRemove={() => change(drafts.filter((one) => one.id !== draft.id))}
          />
        ))}
      </ul>
      <button type="button" className={style.add} onClick={add}>
        <Icon name="plus" size={16} />
        {t('schema.add')}
      </button>
      {elsewhere && <ErrorNotice compact error={error} title={t('settings.notSaved')} />}
      <div className={style.foot}>
        <span role="status" className={style.good}>
          {said === 'saved' && t('settings.saved')}
        </span>
        <Button loading={busy} onClick={save}>
          {t('settings.save')}
        </Button>
      </div>
    </>
  )
}

function problemsOf(error: unknown): readonly FieldProblem[] {
  return error instanceof ApiError ? error.problems : []
}

/** Which rule a pointer such as `/metadata_schema/2/pattern` means. */
function ruleAt(pointer: string): number | undefined {
  const found = /\/metadata_schema\/(\d+)/.exec(pointer)
  return found === null ? undefined : Number(found[1])
}
