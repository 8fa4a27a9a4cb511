import { type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'

import type { CaseSummary } from '../../api/cases'
import type { SlideSummary } from '../../api/slides'
import { formatCount, formatDate, t } from '../../i18n'
import type { CaseList as Cases } from '../../model/list/slideList'
import type { ItemsHandle } from '../library/SlideGrid'
import { tabIndexOf, useItemKeys } from '../library/SlideItems'
import { useDrop } from '../library/drag'
import { useBox, useRows } from '../library/useRows'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Link } from '../shell/Link'
import { Icon } from '../shell/icons'
import { useStore } from '../shell/useStore'
import style from './CaseList.module.css'
import { StainChips, TagChips } from './Chips'

const ROW_PX = 60
/** From this width on a case is one line of a table; below it two lines of a list. */
const WIDE_PX = 640

interface Props {
  cases: Cases
  /** The case that is open. */
  chosen: string | null
  addressOf: (one: CaseSummary) => string
  onDrop: (one: CaseSummary, slides: readonly SlideSummary[]) => void
  onNew: () => void
  handle?: Ref<ItemsHandle>
  /** Above the list: the way back, or what to do with what is being dragged. */
  title?: string
}

/** The cases: accession, stains, how many slides; slides can be dropped on each. */
export function CaseList({ cases, chosen, addressOf, onDrop, onNew, handle, title }: Props) {
  const state = useStore(cases.state)
  const whole = useRef<HTMLDivElement>(null)
  const box = useBox(whole)
  const { rows, show } = useRows(whole, box.height, state.total, ROW_PX)
  const wide = box.width >= WIDE_PX
  const [focused, setFocused] = useState(-1)
  const chosenAt = state.items.findIndex((one) => one.case_id === chosen)
  const at = focused >= 0 ? focused : chosenAt
  const press = useItemKeys(whole, {
    count: state.items.length,
    selected: at,
    columns: 1,
    pageRows: Math.max(1, Math.floor(box.height / ROW_PX)),
    onSelect: setFocused,
    onRange: () => undefined,
    show,
  })
  useImperativeHandle(handle, () => ({ press, show, edit: () => false }))
  useEffect(() => {
    if (rows.end > 0) cases.reach(rows.end - 1)
  }, [cases, rows.end, state.items.length])

  return (
    <section className={style.cases} aria-label={t('cases.list')} aria-busy={state.pending}>
      <div className={style.head}>
        <span className={style.title}>{title ?? (wide ? '' : t('cases.total', { count: state.total }))}</span>
        <button type="button" className={style.new} onClick={onNew}>
          <Icon name="plus" size={16} />
          {t('cases.new')}
        </button>
      </div>
      {state.error !== null && (
        <ErrorNotice compact error={state.error} title={t('cases.failed')} onRetry={() => cases.retry()} />
      )}
      {state.known && !state.pending && state.total === 0 && (
        <div className={style.none}>
          <h2 className={style.noneTitle}>{t('cases.none.title')}</h2>
          <p className={style.noneText}>{t('cases.none.text')}</p>
        </div>
      )}
      <div
        ref={whole}
        className={style.scroller}
        onKeyDown={press}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) setFocused(-1)
        }}
      >
        <ul className={style.list} style={{ height: state.total * ROW_PX }}>
          {Array.from({ length: rows.end - rows.first }, (_, offset) => {
            const index = rows.first + offset
            const one = state.items[index]
            const place = { transform: `translateY(${index * ROW_PX}px)` }
            return one === undefined ? (
              <li key={`place-${index}`} className={style.row} style={place} />
            ) : (
              <li key={one.case_id} className={style.row} style={place} aria-setsize={state.total} aria-posinset={index + 1}>
                <CaseRow
                  one={one}
                  index={index}
                  wide={wide}
                  chosen={one.case_id === chosen}
                  tabIndex={tabIndexOf(index, at)}
                  address={addressOf(one)}
                  onDrop={(slides) => onDrop(one, slides)}
                />
              </li>
            )
          })}
        </ul>
      </div>
    </section>
  )
}

interface RowProps {
  one: CaseSummary
  index: number
  wide: boolean
  chosen: boolean
  tabIndex: 0 | -1
  address: string
  onDrop: (slides: readonly SlideSummary[]) => void
}

function CaseRow({ one, index, wide, chosen, tabIndex, address, onDrop }: RowProps) {
  const drop = useDrop(onDrop)
  const count = t('cases.slides', { count: one.slide_count })
  return (
    <Link
      href={address}
      className={style.link}
      data-wide={wide}
      data-index={index}
      data-case={one.name}
      tabIndex={tabIndex}
      aria-current={chosen ? 'page' : undefined}
      draggable={false}
      {...drop}
    >
      <span className={style.name} title={one.name}>
        {one.name}
      </span>
      <span className={style.stains}>
        <StainChips stains={one.stains} most={wide ? 8 : 4} />
      </span>
      {wide && (
        <span className={style.tags}>
          <TagChips tags={one.tags} />
        </span>
      )}
      <span className={style.count} title={count}>
        {wide ? (
          count
        ) : (
          <>
            {formatCount(one.slide_count)}
            <span className="cs-unseen">{count}</span>
          </>
        )}
      </span>
      {wide && <span className={style.created}>{formatDate(one.created_at)}</span>}
    </Link>
  )
}
