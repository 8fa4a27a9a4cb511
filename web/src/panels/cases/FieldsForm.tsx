import { type ReactNode, useId, useState } from 'react'

import type { FieldRule } from '../../api/projects'
import type { SlidePatch, SlideSummary, StainKind } from '../../api/slides'
import { t } from '../../i18n'
import { shared, sharedTags } from '../../model/list/changes'
import type { Edits } from '../../model/list/edits'
import { freeKeys, readField, writeField } from '../../model/list/fieldRules'
import { CaseInput } from './CaseInput'
import { type Choice, EditInput } from './EditInput'
import style from './Fields.module.css'
import { NewField } from './NewField'
import { Stars } from './Stars'
import { TagsField } from './TagsField'
import { useRules } from './useRules'

export const STAIN_KINDS = ['he', 'ihc', 'special', 'if', 'other'] as const satisfies readonly StainKind[]

interface Props {
  slides: readonly SlideSummary[]
  edits: Edits
  /** Values that other slides have, to be offered while typing. */
  knownStains: readonly string[]
  knownTags: readonly string[]
}

type PlainKey = 'part' | 'block' | 'stain' | 'label_text'

/** The fields of one slide or of many: what differs says so, and an edit reaches all of them. */
export function FieldsForm({ slides, edits, knownStains, knownTags }: Props) {
  const project = shared(slides, (slide) => slide.project_id)
  const rules = useRules(project.same ? project.value : null).filter((rule) => rule.applies_to === 'slide')
  const [adding, setAdding] = useState(false)
  const first = slides[0]
  if (first === undefined) return null

  const text = (read: (slide: SlideSummary) => string | null): string | null => {
    const one = shared(slides, read)
    return one.same ? (one.value ?? '') : null
  }
  const patch = (change: SlidePatch, field: string): Promise<void> => edits.patch(slides, change, field)
  const plain = (key: PlainKey, suggestions?: readonly string[]): ReactNode => {
    const label = t(`cases.field.${key}`)
    return (
      <Row label={label}>
        {(labelledBy) => (
          <EditInput
            value={text((slide) => slide[key])}
            property={key}
            labelledBy={labelledBy}
            {...(suggestions === undefined ? {} : { suggestions })}
            onCommit={(said) => patch({ [key]: said.trim() === '' ? null : said.trim() }, label)}
          />
        )}
      </Row>
    )
  }
  const field = (key: string, label: string, rule: FieldRule | null): ReactNode => (
    <Row key={key} label={label} required={rule?.required ?? false}>
      {(labelledBy) => (
        <RuleInput
          rule={rule}
          value={text((slide) => writeField(slide.fields[key]))}
          property={`fields/${key}`}
          labelledBy={labelledBy}
          onCommit={(said) => patch({ fields: { [key]: readField(rule, said) } }, label)}
        />
      )}
    </Row>
  )
  const tags = sharedTags(slides)
  const rating = shared(slides, (slide) => slide.rating)
  const tag = (name: string, on: boolean): void => {
    edits.tag(slides, name, on).catch((error: unknown) => edits.notices.fail(t('edits.failed'), error))
  }
  return (
    <div className={style.form} data-testid="fields">
      {project.same && (
        <Row label={t('cases.field.case')}>
          {(labelledBy) => (
            <CaseInput slides={slides} edits={edits} value={text((slide) => slide.case_name)} labelledBy={labelledBy} />
          )}
        </Row>
      )}
      {plain('part')}
      {plain('block')}
      {plain('stain', knownStains)}
      <Row label={t('cases.field.stain_kind')}>
        {(labelledBy) => (
          <EditInput
            value={text((slide) => slide.stain_kind)}
            property="stain_kind"
            labelledBy={labelledBy}
            choices={kindChoices()}
            onCommit={(said) => patch({ stain_kind: kindOf(said) }, t('cases.field.stain_kind'))}
          />
        )}
      </Row>
      {plain('label_text')}
      <Row label={t('cases.field.tags')}>
        {(labelledBy) => (
          <TagsField
            all={tags.all}
            some={tags.some}
            known={knownTags}
            labelledBy={labelledBy}
            onAdd={(name) => tag(name, true)}
            onRemove={(name) => tag(name, false)}
          />
        )}
      </Row>
      <Row label={t('cases.field.rating')}>
        {() => (
          <span className={style.stars}>
            <Stars
              value={rating.same ? rating.value : undefined}
              label={t('cases.field.rating')}
              onChange={(value) => {
                patch({ rating: value }, t('cases.field.rating')).catch((error: unknown) =>
                  edits.notices.fail(t('edits.failed'), error),
                )
              }}
            />
          </span>
        )}
      </Row>
      {rules.map((rule) => field(rule.key, rule.label, rule))}
      {freeKeys(
        slides.map((slide) => slide.fields),
        rules,
      ).map((key) => field(key, key, null))}
      {adding ? (
        <NewField
          onSave={(key, value) => patch({ fields: { [key]: value } }, key)}
          onClose={() => setAdding(false)}
        />
      ) : (
        <button type="button" className={style.add} onClick={() => setAdding(true)}>
          {t('fields.add')}
        </button>
      )}
    </div>
  )
}

export function Row({
  label,
  required = false,
  children,
}: {
  label: string
  required?: boolean
  children: (labelledBy: string) => ReactNode
}) {
  const id = useId()
  return (
    <>
      <span className={style.label}>
        <span id={id}>{label}</span>
        {required && (
          <span className={style.required} title={t('fields.required')}>
            *<span className="cs-unseen">{t('fields.required')}</span>
          </span>
        )}
      </span>
      <div className={style.value}>{children(id)}</div>
    </>
  )
}

interface RuleInputProps {
  rule: FieldRule | null
  value: string | null
  property: string
  label?: string
  labelledBy?: string
  autoFocus?: boolean
  onCommit: (text: string) => Promise<unknown>
  onDone?: (how: 'enter' | 'escape' | 'next' | 'previous' | 'left') => void
}

/** The control that a rule asks for. */
export function RuleInput({ rule, ...rest }: RuleInputProps) {
  switch (rule?.type) {
    case 'enum':
      return <EditInput {...rest} choices={(rule.options ?? []).map((value) => ({ value, label: value }))} />
    case 'boolean':
      return <EditInput {...rest} choices={yesNo()} />
    case 'date':
      return <EditInput {...rest} type="date" />
    case 'number':
    case 'integer':
      return <EditInput {...rest} type="number" />
    default:
      return <EditInput {...rest} />
  }
}

function yesNo(): Choice[] {
  return [
    { value: 'true', label: t('fields.yes') },
    { value: 'false', label: t('fields.no') },
  ]
}

export function kindChoices(): Choice[] {
  return STAIN_KINDS.map((kind) => ({ value: kind, label: t(`stain.${kind}`) }))
}

export function kindOf(text: string): StainKind | null {
  return STAIN_KINDS.find((kind) => kind === text) ?? null
}
