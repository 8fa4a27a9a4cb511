import { type ReactNode, useId } from 'react'

import type { FieldProblem } from '../../api/problem'
import type { FieldType } from '../../api/projects'
import { t } from '../../i18n'
import { type RuleDraft, keyFrom } from '../../model/list/fieldRules'
import { Icon } from '../shell/icons'
import inputs from '../shell/Input.module.css'
import style from './Settings.module.css'

const TYPES = ['string', 'enum', 'number', 'integer', 'boolean', 'date'] as const satisfies readonly FieldType[]

interface Props {
  draft: RuleDraft
  open: boolean
  problems: readonly FieldProblem[]
  first: boolean
  last: boolean
  onOpen: () => void
  onChange: (draft: RuleDraft) => void
  onMove: (by: number) => void
  onRemove: () => void
}

/** One field of the schema: a line that opens into all there is to say about it. */
export function RuleEditor({ draft, open, problems, first, last, onOpen, onChange, onMove, onRemove }: Props) {
  const name = draft.label || draft.key || t('schema.unnamed')
  return (
    <li className={style.rule} data-bad={problems.length > 0}>
      <div className={style.ruleHead}>
        <button type="button" className={style.ruleName} aria-expanded={open} onClick={onOpen}>
          <Icon name={open ? 'down' : 'right'} size={16} />
          <span>{name}</span>
          <span className={style.quiet}>
            {t(`schema.type.${draft.type}`)} · {t(`schema.for.${draft.applies_to}`)}
            {draft.required && ` · ${t('schema.required')}`}
          </span>
        </button>
        <Tool icon="up" name={t('schema.up', { label: name })} disabled={first} onClick={() => onMove(-1)} />
        <Tool icon="down" name={t('schema.down', { label: name })} disabled={last} onClick={() => onMove(1)} />
        <Tool icon="trash" name={t('schema.remove', { label: name })} onClick={onRemove} />
      </div>
      {problems
        .filter(({ pointer }) => !PROPERTIES.some((property) => pointer.endsWith(`/${property}`)))
        .map((problem) => (
          <p key={problem.detail} className={style.problem} role="alert">
            {problem.detail}
          </p>
        ))}
      {open && <Body draft={draft} problems={problems} onChange={onChange} />}
    </li>
  )
}

const PROPERTIES = ['label', 'key', 'pattern', 'minimum', 'maximum', 'default', 'options', 'type'] as const

function Body({ draft, problems, onChange }: Pick<Props, 'draft' | 'problems' | 'onChange'>) {
  const numeric = draft.type === 'number' || draft.type === 'integer'
  const text = (property: 'label' | 'key' | 'pattern' | 'minimum' | 'maximum' | 'default'): ReactNode => {
    const derived = property === 'key' && !draft.ownKey
    return (
      <Labelled label={t(`schema.${property}`)} problem={saidOf(problems, property)}>
        {(shared) => (
          <input
            {...shared}
            className={inputs.input}
            data-look="low"
            value={derived ? keyFrom(draft.label) : draft[property]}
            autoFocus={property === 'label' && draft.label === ''}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              const own = property === 'key' ? { ownKey: true } : {}
              onChange({ ...draft, ...own, [property]: event.currentTarget.value })
            }}
          />
        )}
      </Labelled>
    )
  }
  return (
    <div className={style.ruleBody}>
      {text('label')}
      {text('key')}
      <Labelled label={t('schema.type')} problem={saidOf(problems, 'type')}>
        {(shared) => (
          <select
            {...shared}
            className={inputs.input}
            data-look="low"
            value={draft.type}
            onChange={(event) => {
              const type = TYPES.find((one) => one === event.currentTarget.value) ?? 'string'
              onChange({ ...draft, type })
            }}
          >
            {TYPES.map((type) => (
              <option key={type} value={type}>
                {t(`schema.type.${type}`)}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled label={t('schema.for')} problem={null}>
        {(shared) => (
          <select
            {...shared}
            className={inputs.input}
            data-look="low"
            value={draft.applies_to}
            onChange={(event) => {
              onChange({ ...draft, applies_to: event.currentTarget.value === 'case' ? 'case' : 'slide' })
            }}
          >
            <option value="slide">{t('schema.for.slide')}</option>
            <option value="case">{t('schema.for.case')}</option>
          </select>
        )}
      </Labelled>
      {draft.type === 'enum' && (
        <Labelled label={t('schema.options')} problem={saidOf(problems, 'options')}>
          {(shared) => (
            <textarea
              {...shared}
              className={inputs.input}
              rows={4}
              value={draft.options}
              onChange={(event) => onChange({ ...draft, options: event.currentTarget.value })}
            />
          )}
        </Labelled>
      )}
      {draft.type === 'string' && text('pattern')}
      {numeric && text('minimum')}
      {numeric && text('maximum')}
      {text('default')}
      <label className={style.check}>
        <input
          type="checkbox"
          checked={draft.required}
          onChange={(event) => onChange({ ...draft, required: event.currentTarget.checked })}
        />
        {t('schema.required')}
      </label>
    </div>
  )
}

interface Shared {
  id: string
  'aria-invalid': boolean
  'aria-describedby': string | undefined
}

interface LabelledProps {
  label: string
  /** What to enter, in a few words. */
  hint?: string
  problem: string | null
  children: (shared: Shared) => ReactNode
}

/** A control with its name above; below it what to enter, or the server's sentence. */
export function Labelled({ label, hint, problem, children }: LabelledProps) {
  const id = useId()
  const below = `${id}-below`
  return (
    <div className={style.labelled}>
      <label htmlFor={id} className={style.label}>
        {label}
      </label>
      {children({
        id,
        'aria-invalid': problem !== null,
        'aria-describedby': problem === null && hint === undefined ? undefined : below,
      })}
      {problem !== null ? (
        <p id={below} className={style.problem} role="alert">
          {problem}
        </p>
      ) : (
        hint !== undefined && (
          <p id={below} className={style.quiet}>
            {hint}
          </p>
        )
      )}
    </div>
  )
}

function saidOf(problems: readonly FieldProblem[], property: string): string | null {
  return problems.find(({ pointer }) => pointer.endsWith(`/${property}`))?.detail ?? null
}

interface ToolProps {
  icon: 'up' | 'down' | 'trash'
  name: string
  disabled?: boolean
  onClick: () => void
}

function Tool({ icon, name, disabled = false, onClick }: ToolProps) {
  return (
    <button type="button" className={style.tool} aria-label={name} title={name} disabled={disabled} onClick={onClick}>
      <Icon name={icon} size={16} />
    </button>
  )
}
