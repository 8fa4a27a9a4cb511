import { lazy, Suspense, useState } from 'react'

import type { Facet } from '../../api/slides'
import { formatCount, t } from '../../i18n'
import type { Facets } from '../../model/list/slideList'
import { type ListQuery, STATES, filterCount, withoutFilters } from '../../model/list/query'
import { Disclosure } from '../shell/Disclosure'
import { Icon } from '../shell/icons'
import style from './FilterMenu.module.css'
import bar from './ListToolbar.module.css'
import { NoCaseFilter } from './NoCaseFilter'
import { RatingFilter } from './RatingFilter'
import { formatName, stateName } from './words'

const AnnotatedDialog = lazy(async () => ({ default: (await import('./AnnotatedDialog')).AnnotatedDialog }))

interface Props {
  query: ListQuery
  facets: Facets
  onQuery: (query: ListQuery) => void
}

/** All filters in one panel; each value says how many slides have it. */
export function FilterMenu({ query, facets, onQuery }: Props) {
  const count = filterCount(query)
  const [annotated, setAnnotated] = useState(false)
  const name = t('filter.title')
  const face = (
    <>
      <Icon name="filter" size={16} />
      <span className={bar.word}>{name}</span>
      {count > 0 && <span className={bar.chosen}>{formatCount(count)}</span>}
    </>
  )
  return (
    <>
    <Disclosure
      face={face}
      label={count === 0 ? name : t('library.filter.chosen', { name, count })}
      className={bar.control}
      align="start"
    >
      {(close) => (
        <div className={style.sections}>
          <Section
            name={t('filter.stain')}
            facets={facets.stains}
            chosen={query.stains}
            onChange={(stains) => onQuery({ ...query, stains })}
          />
          <Section
            name={t('filter.tag')}
            facets={facets.tags}
            chosen={query.tags}
            onChange={(tags) => onQuery({ ...query, tags })}
          />
          {query.caseId === null && (
            <NoCaseFilter query={query} onChange={(noCase) => onQuery({ ...query, noCase })} />
          )}
          <RatingFilter query={query} onChange={(rating) => onQuery({ ...query, rating })} />
          <Section
            name={t('library.filter.state')}
            facets={facets.states}
            chosen={query.states}
            labelOf={stateName}
            onChange={(chosen) => onQuery({ ...query, states: STATES.filter((state) => chosen.includes(state)) })}
          />
          <Section
            name={t('library.filter.format')}
            facets={facets.formats}
            chosen={query.formats}
            labelOf={formatName}
            onChange={(formats) => onQuery({ ...query, formats })}
          />
          <button
            type="button"
            className={bar.clear}
            onClick={() => {
              close()
              setAnnotated(true)
            }}
          >
            {t('annotated.find')}
          </button>
          {count > 0 && (
            <button type="button" className={bar.clear} onClick={() => onQuery(withoutFilters(query))}>
              {t('filter.clearAll')}
            </button>
          )}
        </div>
      )}
    </Disclosure>
    {annotated && (
      <Suspense fallback={null}>
        <AnnotatedDialog projectId={query.project} onClose={() => setAnnotated(false)} />
      </Suspense>
    )}
    </>
  )
}

interface SectionProps {
  name: string
  facets: readonly Facet[]
  chosen: readonly string[]
  labelOf?: (value: string) => string
  onChange: (chosen: string[]) => void
}

function Section({ name, facets, chosen, labelOf = (value) => value, onChange }: SectionProps) {
  // A chosen value that no slide has any more must stay visible, or it could not be taken back.
  const absent = chosen.filter((value) => !facets.some((facet) => facet.value === value))
  const choices = [...facets, ...absent.map((value) => ({ value, count: 0 }))]
  if (choices.length === 0) return null
  const toggle = (value: string): void => {
    onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value])
  }
  return (
    <fieldset className={style.section}>
      <legend className={style.legend}>{name}</legend>
      <div className={style.choices}>
        {choices.map(({ value, count }) => (
          <label key={value} className={bar.choice}>
            <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
            <span className={bar.choiceName}>{labelOf(value)}</span>
            <span className={bar.count}>{formatCount(count)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
