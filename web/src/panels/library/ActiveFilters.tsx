import { t } from '../../i18n'
import { type ListQuery, filterCount } from '../../model/list/query'
import { Icon } from '../shell/icons'
import style from './FilterMenu.module.css'
import { formatName, stateName } from './words'

interface Filter {
  readonly kind: string
  readonly name: string
  readonly without: ListQuery
}

/** The filters in use, each with a way to take it back. */
export function ActiveFilters({ query, onQuery }: { query: ListQuery; onQuery: (query: ListQuery) => void }) {
  if (filterCount(query) === 0) return null
  return (
    <ul className={style.active} aria-label={t('filter.active')}>
      {filtersOf(query).map(({ kind, name, without }) => (
        <li key={`${kind} ${name}`}>
          <button
            type="button"
            className={style.filter}
            aria-label={t('filter.remove', { name: `${kind} ${name}` })}
            onClick={() => onQuery(without)}
          >
            <span className={style.kind}>{kind}</span>
            {name}
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  )
}

function filtersOf(query: ListQuery): Filter[] {
  const { stains, tags, rating, states, formats, noCase } = query
  const without = <T,>(all: readonly T[], one: T): T[] => all.filter((other) => other !== one)
  return [
    ...stains.map((name) => ({
      kind: t('filter.stain'),
      name,
      without: { ...query, stains: without(stains, name) },
    })),
    ...tags.map((name) => ({ kind: t('filter.tag'), name, without: { ...query, tags: without(tags, name) } })),
    ...(noCase ? [{ kind: t('filter.case'), name: t('filter.noCase'), without: { ...query, noCase: false } }] : []),
    ...(rating === null
      ? []
      : [{ kind: t('filter.rating'), name: t('filter.least', { count: rating }), without: { ...query, rating: null } }]),
    ...states.map((state) => ({
      kind: t('library.filter.state'),
      name: stateName(state),
      without: { ...query, states: without(states, state) },
    })),
    ...formats.map((format) => ({
      kind: t('library.filter.format'),
      name: formatName(format),
      without: { ...query, formats: without(formats, format) },
    })),
  ]
}
