import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { type ColumnId, fieldOf } from '../../model/list/columns'
import type { Edits } from '../../model/list/edits'
import { readField, writeField } from '../../model/list/fieldRules'
import { CaseInput } from '../cases/CaseInput'
import { EditInput } from '../cases/EditInput'
import { RuleInput, kindChoices, kindOf } from '../cases/FieldsForm'
import { TagsField } from '../cases/TagsField'
import { useRules } from '../cases/useRules'
import style from './SlideTable.module.css'

export type Ending = 'enter' | 'escape' | 'next' | 'previous' | 'left'

interface Props {
  slide: SlideSummary
  column: ColumnId
  title: string
  edits: Edits
  knownStains: readonly string[]
  knownTags: readonly string[]
  onDone: (how: Ending) => void
}

/** One cell of the table while it is edited. */
export function CellEditor({ slide, column, title, edits, knownStains, knownTags, onDone }: Props) {
  // A list may hold slides of several projects: each is checked by its own.
  const rules = useRules(slide.project_id)
  const failed = (error: unknown): void => edits.notices.fail(t('edits.failed'), error)
  const shared = { autoFocus: true, label: t('fields.edit', { field: title, name: slide.name }), onDone }
  const key = fieldOf(column)
  if (key !== null) {
    const rule = rules.find((one) => one.key === key && one.applies_to === 'slide') ?? null
    return (
      <div className={style.editor}>
        <RuleInput
          {...shared}
          rule={rule}
          value={writeField(slide.fields[key])}
          property={`fields/${key}`}
          onCommit={(text) => edits.patch([slide], { fields: { [key]: readField(rule, text) } }, title)}
        />
      </div>
    )
  }
  switch (column) {
    case 'case':
      return (
        <div className={style.editor}>
          <CaseInput {...shared} slides={[slide]} edits={edits} value={slide.case_name ?? ''} />
        </div>
      )
    case 'tags':
      return (
        <div
          className={style.editor}
          onBlur={(event) => {
            if (!event.currentTarget.contains(event.relatedTarget)) onDone('left')
          }}
        >
          <TagsField
            autoFocus
            all={slide.tags}
            known={knownTags}
            onAdd={(tag) => void edits.tag([slide], tag, true).catch(failed)}
            onRemove={(tag) => void edits.tag([slide], tag, false).catch(failed)}
            onDone={() => onDone('escape')}
          />
        </div>
      )
    case 'stain_kind':
      return (
        <div className={style.editor}>
          <EditInput
            {...shared}
            value={slide.stain_kind ?? ''}
            property="stain_kind"
            choices={kindChoices()}
            onCommit={(text) => edits.patch([slide], { stain_kind: kindOf(text) }, title)}
          />
        </div>
      )
    case 'part':
    case 'block':
    case 'stain':
    case 'label_text':
      return (
        <div className={style.editor}>
          <EditInput
            {...shared}
            value={slide[column] ?? ''}
            property={column}
            {...(column === 'stain' ? { suggestions: knownStains } : {})}
            onCommit={(text) => edits.patch([slide], { [column]: text.trim() === '' ? null : text.trim() }, title)}
          />
        </div>
      )
    default:
      return null
  }
}
