import { useEffect, useImperativeHandle, useRef, type Ref } from 'react'

import { t } from '../../i18n'
import { columnsThatFit } from '../../model/list/window'
import { SlideCard } from './SlideCard'
import style from './SlideGrid.module.css'
import { type ItemsProps, tabIndexOf, useItemKeys } from './SlideItems'
import { useBox, useRows } from './useRows'

/** The caption below a picture: name and facts. Fixed, so that rows are of one height. */
const CAPTION_PX = 62
const GAP_PX = 16
const NARROW_PX = 560

export interface ItemsHandle {
  /** Obey a key that nobody else wanted; false when it means nothing here. */
  press: (event: KeyboardEvent) => boolean
  show: (index: number) => void
  /** Edit the first field of a slide in place; false where there is no such place. */
  edit: (index: number) => boolean
}

/** Slides as pictures. */
export function SlideGrid({ handle, ...list }: ItemsProps & { handle: Ref<ItemsHandle> }) {
  const whole = useRef<HTMLDivElement>(null)
  const box = useBox(whole)
  const narrow = box.width < NARROW_PX
  const padding = narrow ? 12 : 20
  const gap = narrow ? 10 : GAP_PX
  const { columns, columnWidth } = columnsThatFit(box.width - 2 * padding, narrow ? 150 : 200, gap)
  const pictureHeight = Math.round(columnWidth * 0.75)
  const rowHeight = pictureHeight + CAPTION_PX + gap
  const rowCount = Math.ceil(list.total / columns)
  const { rows, show } = useRows(whole, box.height, rowCount, rowHeight)
  const press = useItemKeys(whole, {
    count: list.items.length,
    selected: list.selected,
    columns,
    pageRows: Math.max(1, Math.floor(box.height / rowHeight)),
    onSelect: list.actions.select,
    onRange: (index) => list.actions.pick(index, 'range'),
    show,
  })
  useImperativeHandle(handle, () => ({ press, show: (index) => show(Math.floor(index / columns)), edit: () => false }))

  const first = rows.first * columns
  const end = Math.min(list.total, rows.end * columns)
  const { onReach } = list
  useEffect(() => {
    if (end > 0) onReach(end - 1)
  }, [end, onReach, list.items.length])

  const places = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at)
  return (
    <div ref={whole} className={style.scroller} onKeyDown={press} data-testid="slides" data-items>
      <ul
        className={style.grid}
        aria-label={t('library.list')}
        style={{ height: rowCount * rowHeight + padding, padding: `0 ${padding}px` }}
      >
        {places.map((index) => {
          const slide = list.items[index]
          const row = Math.floor(index / columns)
          const place = {
            transform: `translate(${(index % columns) * (columnWidth + gap)}px, ${row * rowHeight + padding / 2}px)`,
            width: columnWidth,
            height: rowHeight - gap,
          }
          return (
            <li
              key={slide?.slide_id ?? `place-${index}`}
              className={style.place}
              style={place}
              aria-setsize={list.total}
              aria-posinset={index + 1}
            >
              {slide === undefined ? (
                <div className={style.skeleton} aria-hidden="true" />
              ) : (
                <SlideCard
                  slide={slide}
                  index={index}
                  pictureHeight={pictureHeight}
                  selected={index === list.selected}
                  picked={list.picked.has(slide.slide_id)}
                  inCase={list.inCase}
                  picking={list.picked.size > 0}
                  tabIndex={tabIndexOf(index, list.selected)}
                  address={list.addressOf(slide)}
                  actions={list.actions}
                />
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
