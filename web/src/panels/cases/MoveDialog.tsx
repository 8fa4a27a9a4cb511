import { type KeyboardEvent, useEffect, useId, useState } from 'react'

import { listCases } from '../../api/cases'
import type { Project, SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { shared } from '../../model/list/changes'
import type { Edits } from '../../model/list/edits'
import { type FoundCases, type TargetChoice, targetChoices } from '../../model/list/targets'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import inputs from '../shell/Input.module.css'
import { Icon } from '../shell/icons'
import { StainChips } from './Chips'
import style from './dialogs.module.css'
import { useCalm } from './useRules'

interface Props {
  how: 'move' | 'copy'
  slides: readonly SlideSummary[]
  projects: readonly Project[]
  edits: Edits
  onDone: () => void
  onClose: () => void
}

/** Type where slides belong: a case, a new case, or a project. */
export function MoveDialog({ how, slides, projects, edits, onDone, onClose }: Props) {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const [found, setFound] = useState<FoundCases>({ words: '', cases: [] })
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const listId = useId()
  const calm = useCalm(words.trim(), 120)
  const same = shared(slides, (slide) => slide.project_id)
  const home = same.same ? (projects.find((project) => project.project_id === same.value) ?? null) : null
  const homeId = home?.project_id

  useEffect(() => {
    const controller = new AbortController()
    // Without words the cases of the slides' own project are the likeliest.
    const selection = calm === '' ? (homeId === undefined ? {} : { project_id: homeId }) : { q: calm }
    listCases(selection, { limit: 12 }, controller.signal).then(
      (page) => setFound({ words: calm, cases: page.items }),
      () => undefined, // projects can be chosen all the same
    )
    return () => controller.abort()
  }, [calm, homeId])

  const inCase = how === 'move' && slides.some((slide) => slide.case_id !== null)
  const choices = targetChoices({ words, found, projects, home, inCase })
  const chosen = Math.min(at, choices.length - 1)
  const go = (choice: TargetChoice | undefined): void => {
    if (choice === undefined || busy) return
    setBusy(true)
    setError(null)
    place(how, choice, slides, edits).then(onDone, (failure: unknown) => {
      setBusy(false)
      setError(failure)
    })
  }
  const pressed = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key]
    if (step !== undefined) {
      const next = Math.max(0, Math.min(choices.length - 1, chosen + step))
      setAt(next)
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' })
    } else if (event.key === 'Enter') go(choices[chosen])
    else return
    event.preventDefault()
  }
  const title = how === 'move' ? 'move.title' : 'move.copyTitle'
  return (
    <Dialog title={t(title, { count: slides.length })} onClose={onClose}>
      <div className={style.form}>
        <input
          className={inputs.input}
          role="combobox"
          aria-expanded={choices.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={choices.length > 0 ? `${listId}-${chosen}` : undefined}
          aria-label={t('move.search')}
          placeholder={t('move.search')}
          value={words}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setWords(event.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={pressed}
        />
        <ul id={listId} role="listbox" aria-label={t('move.results')} className={style.choices}>
          {choices.map((choice, index) => (
            <li
              key={keyOf(choice)}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={style.choice}
              onClick={() => go(choice)}
              onPointerMove={() => setAt(index)}
            >
              <Face choice={choice} />
            </li>
          ))}
        </ul>
        {choices.length === 0 && <p className={style.quiet}>{t('move.nothing')}</p>}
        {error !== null && <ErrorNotice compact error={error} title={t('edits.moveFailed')} />}
        <p className={style.quiet}>{t('move.hint')}</p>
      </div>
    </Dialog>
  )
}

function Face({ choice }: { choice: TargetChoice }) {
  switch (choice.kind) {
    case 'new':
      return (
        <>
          <Icon name="plus" size={16} />
          <span className={style.choiceName}>{t('move.newCase', { name: choice.name, project: choice.project.name })}</span>
        </>
      )
    case 'none':
      return (
        <>
          <Icon name="close" size={16} />
          <span className={style.choiceName}>{t('move.noCase', { project: choice.project.name })}</span>
        </>
      )
    case 'case':
      return (
        <>
          <Icon name="case" size={16} />
          <span className={style.choiceName}>{choice.one.name}</span>
          <StainChips stains={choice.one.stains} most={3} />
          <span className={style.choiceMore}>{choice.projectName}</span>
        </>
      )
    case 'project':
      return (
        <>
          <Icon name="folder" size={16} />
          <span className={style.choiceName}>{choice.path}</span>
          <span className={style.choiceMore}>{t('move.project')}</span>
        </>
      )
  }
}

async function place(how: 'move' | 'copy', choice: TargetChoice, slides: readonly SlideSummary[], edits: Edits): Promise<void> {
  const file = how === 'move' ? edits.move.bind(edits) : edits.copy.bind(edits)
  switch (choice.kind) {
    case 'new': {
      if (how === 'move') {
        await edits.createCase(choice.project.project_id, choice.name, slides)
        return
      }
      const made = await edits.createCase(choice.project.project_id, choice.name)
      await edits.copy(slides, { projectId: made.project_id, caseId: made.case_id, name: made.name })
      return
    }
    case 'case':
      await file(slides, { projectId: choice.one.project_id, caseId: choice.one.case_id, name: choice.one.name })
      return
    case 'none':
    case 'project':
      await file(slides, { projectId: choice.project.project_id, caseId: null, name: choice.project.name })
  }
}

function keyOf(choice: TargetChoice): string {
  return choice.kind === 'case'
    ? choice.one.case_id
    : choice.kind === 'project'
      ? choice.project.project_id
      : choice.kind
}
