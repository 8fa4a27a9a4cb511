import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

import { formatNumber, t } from '../../i18n'
import { misfit } from '../../model/alignment'
import { shortText } from '../../model/caseFacts'
import { pixelSize } from '../../model/slide'
import { Aligning, FEWEST_PAIRS } from '../../tools/align/align'
import { sentence } from '../shell/ErrorNotice'
import { measureColours } from './colours'
import { type OpenPane, useDesk } from './openDesk'
import { useSelected } from './useSelected'
import style from './panes.module.css'

interface Props {
  one: OpenPane
  other: OpenPane
  say: (text: string) => void
  onClose: () => void
}

/** Guides through the spots that align two panes; for as long as it is there, each pane moves by itself. */
export function AlignBar(props: Props) {
  const openDesk = useDesk()
  const { one, other, onClose } = props
  const [aligning, setAligning] = useState<Aligning | null>(null)
  const finish = useRef<(made: Aligning) => void>(() => undefined)
  useEffect(() => {
    finish.current = (made) => {
      const matrix = made.matrix()
      if (matrix === null) {
        props.say(t('panes.alignBad'))
        return
      }
      void keep(props, openDesk, made, matrix)
      openDesk.desk.activate(one.pane.id)
      openDesk.desk.set({ locked: true })
      onClose()
    }
  })
  useEffect(() => {
    const { linking } = openDesk
    linking.setPaused(true, one.pane.id)
    const made: Aligning = new Aligning([one.open.viewer, other.open.viewer], measureColours, () => finish.current(made))
    setAligning(made)
    const enter = (event: KeyboardEvent) => {
      const { active } = openDesk.desk.get()
      const side = active === one.pane.id ? 0 : active === other.pane.id ? 1 : null
      if (event.key !== 'Enter' || side === null || !onPicture(event.target)) return
      event.preventDefault()
      made.middle(side)
    }
    window.addEventListener('keydown', enter)
    return () => {
      window.removeEventListener('keydown', enter)
      made.close()
      linking.setPaused(false, one.pane.id)
    }
  }, [openDesk, one, other])
  return aligning === null ? null : <Guide {...props} aligning={aligning} onDone={() => finish.current(aligning)} />
}

/** Whether a key is meant for the slide, not for a button. */
function onPicture(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof Element && target.closest('[role="application"]') !== null)
}

async function keep(
  { one, other, say }: Props,
  openDesk: ReturnType<typeof useDesk>,
  made: Aligning,
  matrix: Parameters<typeof misfit>[0],
): Promise<void> {
  const pairs = made.pairs()
  const size = pixelSize(other.open.slide)
  const off = size === null ? 0 : misfit(matrix, pairs) * Math.sqrt(size.x * size.y)
  try {
    await openDesk.learn(one, other, { matrix, pairs })
    say(off < 0.5 ? t('panes.alignExact') : t('panes.alignKept', { off: `${formatNumber(off, off < 10 ? 1 : 0)} µm` }))
  } catch (error) {
    say(t('panes.alignFailed', { reason: sentence(error) }))
  }
}

function Guide({ one, other, aligning, onDone, onClose }: Props & { aligning: Aligning; onDone: () => void }) {
  const [first, second] = useSelected(aligning.state, (state) => state.points)
  const names = { one: shortText(one.open.slide), other: shortText(other.open.slide) }
  const pairs = Math.min(first.length, second.length)
  const number = pairs + 1
  const asked =
    first.length > second.length
      ? t('panes.alignNow', { number, where: names.other })
      : second.length > first.length
        ? t('panes.alignNow', { number, where: names.one })
        : pairs === 0
          ? t('panes.alignFirst', names)
          : pairs < FEWEST_PAIRS
            ? t('panes.alignAny', { number })
            : t('panes.alignMore')
  return (
    <section className={style.align} aria-label={t('panes.alignTitle', names)}>
      <p role="status">
        <strong>{asked}</strong> <span>{t('panes.alignKeys')}</span>
      </p>
      <Button size="compact-sm" disabled={pairs < FEWEST_PAIRS} onClick={onDone}>
        {t('panes.alignDone')}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={first.length + second.length === 0}
        onClick={() => aligning.back()}
      >
        {t('panes.alignBack')}
      </Button>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onClose}>
        {t('panes.alignCancel')}
      </Button>
    </section>
  )
}
