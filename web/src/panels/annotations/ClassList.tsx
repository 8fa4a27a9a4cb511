import { useState } from 'react'

import { getSlideClasses, putProjectClasses } from '../../api/annotations'
import { formatCount, t } from '../../i18n'
import type { AnnotationClass, ClassList as List } from '../../model/annotations/types'
import { newId } from '../../model/annotations/ids'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import { ClassDialog } from './ClassDialog'
import { codeText, freeHotkey, freshColour, rowsOf, withClass, withoutClass } from './classTree'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { style } from './style'

/** The classes one draws with: choosing one draws with it, and gives it to what is selected. */
export function ClassList() {
  const { document, drawing, slide } = useAnnotations()
  const classes = useDocument((state) => state.classes)
  const active = useDocument((state) => state.activeClass)
  const annotations = useDocument((state) => state.annotations)
  const can = useAbilities()
  const now = useNow()
  const [load] = useState(() => (signal: AbortSignal) => getSlideClasses(slide.slide_id, signal))
  const { value: list, error, again, set } = useLoaded<List>(load)
  const [edited, setEdited] = useState<AnnotationClass | null>(null)
  const task = useTask()
  // The document follows the journal: it is newer than what was asked for when the tab was opened.
  const all = classes.size > 0 ? [...classes.values()] : (list?.classes ?? [])
  const counts = new Map<string, number>()
  for (const { class_id: id } of annotations.values()) if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1)
  const choose = (classId: string | null): void => {
    if (now) drawing.chooseClass(classId)
  }
  const save = (next: readonly AnnotationClass[]): void => {
    // A list of its own begins at the slide's project; an inherited one is changed where it is kept.
    const projectId = list?.project_id ?? slide.project_id
    const rev = list?.project_id === null ? 0 : (list?.rev ?? 0)
    task.run(() => putProjectClasses(projectId, next, rev), (saved) => {
      set(saved)
      document.loadClasses(saved)
      setEdited(null)
    })
  }
  const add = (): void =>
    setEdited({
      class_id: newId(),
      parent_id: null,
      name: '',
      colour: freshColour(all),
      hotkey: freeHotkey(all),
      description: '',
      code: null,
      form: null,
    })
  return (
    <>
      <p className={style.quiet}>{t('annotations.classesText')}</p>
      {error !== null && <ErrorNotice compact error={error} onRetry={again} />}
      <ul className={style.classes} aria-label={t('annotations.tab.classes')}>
        <li>
          <button type="button" className={style.class} aria-pressed={active === null} onClick={() => choose(null)}>
            <span className={style.swatch} data-none />
            <span className={style.className}>{t('annotations.noClass')}</span>
          </button>
        </li>
        {rowsOf(all).map(({ one, depth }) => (
          <li key={one.class_id} style={{ paddingInlineStart: depth * 18 }}>
            <button
              type="button"
              className={style.class}
              aria-pressed={active === one.class_id}
              title={one.description === '' ? undefined : one.description}
              onClick={() => choose(one.class_id)}
            >
              <span className={style.swatch} style={{ backgroundColor: one.colour }} />
              <span className={style.className}>
                {one.name}
                {one.code !== null && <small>{codeText(one.code)}</small>}
              </span>
              {one.hotkey !== null && <kbd>{`⇧${one.hotkey}`}</kbd>}
              <span className={style.classCount}>{formatCount(counts.get(one.class_id) ?? 0)}</span>
            </button>
            {can.edit && (
              <button type="button" className={style.icon} aria-label={t('annotations.classEdit', { name: one.name })} title={t('annotations.classEdit', { name: one.name })} onClick={() => setEdited(one)}>
                <Icon name="edit" size={15} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {can.edit && list !== null && (
        <button type="button" className={style.act} onClick={add}>
          {t('annotations.classAdd')}
        </button>
      )}
      {edited !== null && (
        <ClassDialog
          one={edited}
          all={all}
          error={task.error}
          busy={task.busy}
          uses={counts.get(edited.class_id) ?? 0}
          onSave={(changed) => save(withClass(all, changed))}
          onDelete={all.some((other) => other.class_id === edited.class_id) ? () => save(withoutClass(all, edited.class_id)) : null}
          onClose={() => {
            task.forget()
            setEdited(null)
          }}
        />
      )}
    </>
  )
}
