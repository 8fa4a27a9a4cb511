import { formatCount, t } from '../../i18n'
import { UNKNOWN } from '../../model/results/colouring'
import { type CategoryColumn, NO_CATEGORY } from '../../model/results/columns'
import { showsCategory, withCategory } from '../../model/results/filters'
import { coloursOf } from '../../model/results/reading'
import type { ColumnStatistics } from '../../viewer/results/messages'
import type { ObjectsState, ResultObjects } from '../../viewer/results/objects'
import style from './results.module.css'

interface Props {
  layer: ResultObjects
  state: ObjectsState
  column: CategoryColumn
  figures: ColumnStatistics | undefined
}

/** The categories of a column with their counts: each can be shown or left out. Colours where they colour the objects. */
export function Categories({ layer, state, column, figures }: Props) {
  const { colouring } = state.look
  const coloured = colouring.kind === 'category' && colouring.column === column.name
  const colours = coloured ? colouring.colours : coloursOf(column.categories)
  const recolour = (at: number, colour: string) => {
    if (!coloured) return
    layer.setLook({ colouring: { ...colouring, colours: colours.map((one, i) => (i === at ? colour : one)) } })
  }
  const without = (figures?.counts?.[column.categories.length] ?? 0) > 0
  return (
    <ul className={style.categories} aria-label={t('results.categories', { name: column.name })}>
      {column.categories.map(({ name }, code) => (
        <Category
          key={code}
          name={name}
          colour={coloured ? (colours[code] ?? UNKNOWN) : null}
          shown={showsCategory(state.filter, column.name, code)}
          count={figures?.counts?.[code] ?? null}
          visible={figures?.shownCounts?.[code] ?? null}
          onColour={(colour) => recolour(code, colour)}
          onShow={(shown) => layer.setFilter(withCategory(state.filter, column.name, code, shown))}
        />
      ))}
      {without && (
        <Category
          name={t('results.noCategory')}
          colour={coloured ? UNKNOWN : null}
          shown={showsCategory(state.filter, column.name, NO_CATEGORY)}
          count={figures?.counts?.[column.categories.length] ?? null}
          visible={figures?.shownCounts?.[column.categories.length] ?? null}
          onColour={null}
          onShow={(shown) => layer.setFilter(withCategory(state.filter, column.name, NO_CATEGORY, shown))}
        />
      )}
    </ul>
  )
}

interface CategoryProps {
  name: string
  colour: string | null
  shown: boolean
  count: number | null
  visible: number | null
  onColour: ((colour: string) => void) | null
  onShow: (shown: boolean) => void
}

function Category({ name, colour, shown, count, visible, onColour, onShow }: CategoryProps) {
  const counted =
    count === null
      ? ''
      : visible === null || visible === count
        ? t('results.categoryCount', { count: formatCount(count) })
        : t('results.categoryOf', { shown: formatCount(visible), count: formatCount(count) })
  return (
    <li className={style.category}>
      <label>
        <input
          type="checkbox"
          checked={shown}
          aria-label={t('results.categoryShown', { name })}
          onChange={(event) => onShow(event.currentTarget.checked)}
        />
        {colour !== null && onColour === null && <span className={style.swatch} style={{ background: colour }} />}
        {colour !== null && onColour !== null && (
          <input type="color" value={colour} aria-label={t('results.legend', { name })} onChange={(event) => onColour(event.currentTarget.value)} />
        )}
        <span className={style.categoryName}>{name}</span>
      </label>
      <span className={style.number}>{counted}</span>
    </li>
  )
}
