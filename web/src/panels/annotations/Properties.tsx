import { useId, useState } from 'react'

import { formatNumber, formatSince, t } from '../../i18n'
import type { Annotation } from '../../model/annotations/types'
import type { PixelSize } from '../../model/slide'
import { Icon } from '../shell/icons'
import input from '../shell/Input.module.css'
import { ClassSelect } from './ClassSelect'
import { useAbilities, useAnnotations, useDocument, useNow } from './context'
import { FormFields } from './FormFields'
import { fieldsOf } from './formSchema'
import { goTo } from './look'
import { areaText, lengthText, measure, nameOf } from './objects'
import { panel } from './panelState'
import { ReviewField } from './ReviewField'
import { style } from './style'

/** The one selected object: what it is called, what it is, what was measured and decided. */
export function Properties({ one, size }: { one: Annotation; size: PixelSize | null }) {
  const { document, viewer } = useAnnotations()
  const classes = useDocument((state) => state.classes)
  const parent = useDocument((state) => (one.parent_id === null ? undefined : state.annotations.get(one.parent_id)))
  const layer = useDocument((state) => state.layers.get(one.layer_id))
  const can = useAbilities()
  const now = useNow()
  const nameId = useId()
  const changeable = now && document.mayChange(one)
  const own = one.class_id === null ? undefined : classes.get(one.class_id)
  const fields = fieldsOf(own?.form ?? null)
  const known = new Set(fields.map((field) => field.key))
  const loose = Object.entries(one.properties).filter(([key]) => !known.has(key))
  const change = (patch: Parameters<typeof document.change>[1]): void => document.change(one.annotation_id, patch)
  return (
    <section className={style.properties} aria-label={t('annotations.properties')}>
      <header>
        <h3>{nameOf(one)}</h3>
        <IconAct name="search" label={t('annotations.showOnSlide')} act={() => goTo(viewer, [one.geometry])} />
        <IconAct name="clock" label={t('annotations.history')} act={() => panel.set({ tab: 'history', historyOf: one.annotation_id })} />
        {can.comment && now && (
          <IconAct
            name="comment"
            label={t('annotations.commentOnThis')}
            act={() => panel.set({ tab: 'comments', commentOn: { kind: 'annotation', annotation_id: one.annotation_id } })}
          />
        )}
        {now && can.draw && (changeable || one.locked) && (
          <button type="button" className={style.icon} aria-pressed={one.locked} aria-label={t('annotations.lock')} title={t('annotations.lock')} onClick={() => change({ locked: !one.locked })}>
            <Icon name={one.locked ? 'lock' : 'unlock'} size={16} />
          </button>
        )}
        {changeable && <IconAct name="trash" label={t('annotations.delete')} act={() => document.remove([one.annotation_id])} />}
      </header>
      {one.locked && <p className={style.quiet}>{t('annotations.isLocked')}</p>}
      <div className={style.pairs}>
        <label htmlFor={nameId}>{t('annotations.column.name')}</label>
        <Text id={nameId} value={one.name} disabled={!changeable} onChange={(name) => change({ name })} />
        <span>{t('annotations.column.class')}</span>
        <ClassSelect label={t('annotations.column.class')} value={one.class_id} disabled={!changeable} onChange={(class_id) => change({ class_id })} />
      </div>
      {fields.length > 0 && (
        <FormFields
          fields={fields}
          values={one.properties}
          disabled={!changeable}
          onChange={(key, value) => change({ [`properties.${key}`]: value })}
        />
      )}
      <dl className={style.facts}>
        <Facts one={one} size={size} />
        {parent !== undefined && (
          <div>
            <dt>{t('annotations.key.parent')}</dt>
            <dd>
              <button type="button" className={style.link} onClick={() => document.select([parent.annotation_id])}>
                {nameOf(parent)}
              </button>
            </dd>
          </div>
        )}
        {one.object_type !== 'annotation' && <Fact name={t('annotations.key.type')} value={t(`annotations.type.${one.object_type}`)} />}
        {layer !== undefined && <Fact name={t('annotations.key.layer')} value={layer.name} />}
        {loose.map(([key, value]) => (
          <Fact key={key} name={key} value={typeof value === 'string' ? value : JSON.stringify(value)} />
        ))}
        {Object.entries(one.measurements).map(([name, value]) => (
          <Fact key={name} name={name} value={formatNumber(value, 4)} />
        ))}
        <Fact name={t('annotations.column.author')} value={t('annotations.byWhen', { name: one.author_name, when: formatSince(one.created_at) })} />
      </dl>
      <ReviewField one={one} />
    </section>
  )
}

function Facts({ one, size }: { one: Annotation; size: PixelSize | null }) {
  const { area, length, perimeter } = measure(one.geometry, size)
  return (
    <>
      {area !== null && <Fact name={t('annotations.column.area')} value={areaText(area, size)} />}
      {length !== null && <Fact name={t('annotations.column.length')} value={lengthText(length, size)} />}
      {perimeter !== null && <Fact name={t('annotations.column.perimeter')} value={lengthText(perimeter, size)} />}
    </>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function IconAct({ name, label, act }: { name: 'search' | 'clock' | 'comment' | 'trash'; label: string; act: () => void }) {
  return (
    <button type="button" className={style.icon} aria-label={label} title={label} onClick={act}>
      <Icon name={name} size={16} />
    </button>
  )
}

/** Told when somebody leaves the field: every letter would be a change of its own. */
function Text({ id, value, disabled, onChange }: { id: string; value: string; disabled: boolean; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null)
  const give = (): void => {
    if (typed !== null && typed.trim() !== value) onChange(typed.trim())
    setTyped(null)
  }
  return (
    <input
      id={id}
      className={input.small}
      value={typed ?? value}
      maxLength={200}
      disabled={disabled}
      placeholder={t('annotations.noName')}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={give}
      onKeyDown={(event) => {
        if (event.key === 'Enter') give()
        if (event.key === 'Escape' && typed !== null) {
          event.stopPropagation()
          setTyped(null)
        }
      }}
    />
  )
}
