import type { CaseSummary } from '../../api/cases'
import { t } from '../../i18n'
import type { Edits } from '../../model/list/edits'
import { freeKeys, readField, writeField } from '../../model/list/fieldRules'
import { EditInput } from './EditInput'
import style from './Fields.module.css'
import { Row, RuleInput } from './FieldsForm'
import { TagsField } from './TagsField'
import { useRules } from './useRules'

interface Props {
  one: CaseSummary
  edits: Edits
  knownTags: readonly string[]
  /** The case is another now: read it again. */
  onChanged: () => void
}

/** The fields of a case. */
export function CaseFields({ one, edits, knownTags, onChanged }: Props) {
  const rules = useRules(one.project_id).filter((rule) => rule.applies_to === 'case')
  const patch = async (change: Parameters<Edits['patchCase']>[1]): Promise<void> => {
    await edits.patchCase(one, change)
    onChanged()
  }
  const keys = [...rules.map((rule) => rule.key), ...freeKeys([one.fields], rules)]
  const retag = (tags: string[]): void => {
    patch({ tags }).catch((error: unknown) => edits.notices.fail(t('edits.failed'), error))
  }
  return (
    <div className={style.form} data-testid="case-fields">
      <Row label={t('cases.field.name')} required>
        {(labelledBy) => (
          <EditInput
            value={one.name}
            property="name"
            labelledBy={labelledBy}
            maxLength={255}
            onCommit={(text) => patch({ name: text.trim() })}
          />
        )}
      </Row>
      <Row label={t('cases.field.tags')}>
        {(labelledBy) => (
          <TagsField
            all={one.tags}
            known={knownTags}
            labelledBy={labelledBy}
            onAdd={(tag) => retag([...one.tags, tag])}
            onRemove={(tag) => retag(one.tags.filter((other) => other !== tag))}
          />
        )}
      </Row>
      {keys.map((key) => {
        const rule = rules.find((known) => known.key === key) ?? null
        return (
          <Row key={key} label={rule?.label ?? key} required={rule?.required ?? false}>
            {(labelledBy) => (
              <RuleInput
                rule={rule}
                value={writeField(one.fields[key])}
                property={`fields/${key}`}
                labelledBy={labelledBy}
                onCommit={(text) => patch({ fields: { [key]: readField(rule, text) } })}
              />
            )}
          </Row>
        )
      })}
    </div>
  )
}
