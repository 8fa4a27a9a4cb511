import { memo } from 'react'

import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { StainChip } from '../cases/Chips'
import { Link } from '../shell/Link'
import { OpenedDot } from '../shell/OpenedDot'
import { Icon } from '../shell/icons'
import { PickBox } from './PickBox'
import style from './SlideCard.module.css'
import { type ItemActions, picksByClick } from './SlideItems'
import { StateNote } from './StateNote'
import { Thumbnail } from './Thumbnail'
import { cardFacts, opens } from './words'

interface Props {
  slide: SlideSummary
  index: number
  pictureHeight: number
  selected: boolean
  picked: boolean
  /** Some slide of the list is marked: the boxes of all are in sight. */
  picking: boolean
  inCase: boolean
  tabIndex: 0 | -1
  address: string
  actions: ItemActions
}

/** One slide as a picture with its name; a click opens it, the corner button shows its details. */
export const SlideCard = memo(function SlideCard(props: Props) {
  const { slide, index, pictureHeight, selected, picked, picking, inCase, tabIndex, address, actions } = props
  const face = (
    <>
      <span className={style.picture} style={{ height: pictureHeight }}>
        {opens(slide) ? (
          <Thumbnail slide={slide} size={window.devicePixelRatio > 1.25 ? 512 : 256} />
        ) : (
          <span className={style.reason}>{slide.reason?.message}</span>
        )}
        <span className={style.state}>
          <StateNote slide={slide} />
        </span>
      </span>
      <span className={style.caption}>
        <span className={style.name} title={slide.name}>
          <OpenedDot slideId={slide.slide_id} />
          {slide.name}
        </span>
        <span className={style.facts}>
          {slide.stain !== null && <StainChip stain={slide.stain} kind={slide.stain_kind} />}
          <span className={style.factsText}>{cardFacts(slide, inCase)}</span>
        </span>
      </span>
    </>
  )
  const shared = {
    className: style.main,
    tabIndex,
    'data-index': index,
    'aria-current': selected ? ('true' as const) : undefined,
    onFocus: () => actions.select(index),
    onPointerEnter: actions.near,
  }
  return (
    <article
      className={style.card}
      data-selected={selected}
      data-picked={picked}
      data-state={slide.state}
      aria-label={slide.name}
      draggable
      onDragStart={(event) => actions.drag(index, event)}
    >
      {opens(slide) ? (
        <Link href={address} {...shared} onClick={(event) => picksByClick(event, index, actions)}>
          {face}
        </Link>
      ) : (
        <button
          type="button"
          {...shared}
          onClick={(event) => {
            if (!picksByClick(event, index, actions)) actions.details(index)
          }}
        >
          {face}
        </button>
      )}
      <PickBox
        className={style.pick}
        name={slide.name}
        picked={picked}
        shown={picking}
        tabIndex={tabIndex}
        onPick={(event) => actions.pick(index, event.shiftKey ? 'range' : 'toggle')}
      />
      <button
        type="button"
        className={style.details}
        tabIndex={tabIndex}
        aria-label={t('details.of', { name: slide.name })}
        title={t('details.title')}
        onClick={() => actions.details(index)}
      >
        <Icon name="info" />
      </button>
    </article>
  )
})
