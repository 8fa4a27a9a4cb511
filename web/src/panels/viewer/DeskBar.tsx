import { useEffect } from 'react'

import { t } from '../../i18n'
import { shortText } from '../../model/caseFacts'
import { LAYOUTS } from '../../model/desk'
import type { KeyAction } from '../../viewer/keyTable'
import { AlignIcon, FlickerIcon, LockIcon, UnlockIcon } from './icons'
import { useDesk } from './openDesk'
import { offered } from './useActions'
import { useSelected } from './useSelected'
import style from './panes.module.css'

interface Props {
  run: (action: KeyAction) => void
  release: (action: KeyAction) => void
  onResize: (count: number) => void
}

/** For several panes: how many, whether they move together, how they lie on each other. */
export function DeskBar({ run, release, onResize }: Props) {
  const openDesk = useDesk()
  const { panes, active, locked } = useSelected(openDesk.desk, (state) => state)
  const opens = useSelected(openDesk.opens, (state) => state.panes)
  const known = useSelected(openDesk.known, (state) => state.version)
  const one = opens.get(active) ?? null
  const other = openDesk.partner
  const both = one !== null && other !== null
  const tied = known >= 0 && both && openDesk.linking.tied(one.pane.id, other.pane.id)
  const names = both ? { one: shortText(one.open.slide), other: shortText(other.open.slide) } : { one: '', other: '' }
  return (
    <div className={style.bar} role="toolbar" aria-label={t('panes.bar')}>
      <div className={style.layouts} role="group" aria-label={t('panes.layout')}>
        {LAYOUTS.map((count) => (
          <button
            key={count}
            type="button"
            className={style.layout}
            aria-pressed={panes.length === count}
            aria-label={t('panes.layoutOf', { count })}
            onClick={() => onResize(count)}
          >
            {count}
          </button>
        ))}
      </div>
      <button
        type="button"
        className={style.act}
        aria-pressed={locked}
        title={`${locked ? t('panes.unlock') : t('panes.lock')} (Y)`}
        onClick={() => run('lock')}
      >
        {locked ? <LockIcon /> : <UnlockIcon />}
        <span>{locked ? t('panes.locked') : t('panes.unlocked')}</span>
      </button>
      {offered('align') && (
        <button type="button" className={style.act} title={`${t('panes.align')} (⇧Y)`} onClick={() => run('align')}>
          <AlignIcon />
          <span>{tied ? t('panes.realign') : t('panes.align')}</span>
        </button>
      )}
      <Flicker names={names} enabled={both} run={run} release={release} />
      {both && (
        <p className={style.relation} data-tied={tied || undefined}>
          {tied ? t('panes.byPoints') : t('panes.bySight')}
        </p>
      )}
      {both && offered('align') && openDesk.canForget(one, other) && (
        <button type="button" className={style.forget} onClick={() => void openDesk.forget(one, other)}>
          {t('panes.forget')}
        </button>
      )}
    </div>
  )
}

/** A button to hold, for fingers; the key does the same. */
function Flicker({ names, enabled, run, release }: {
  names: { one: string; other: string }
  enabled: boolean
  run: Props['run']
  release: Props['release']
}) {
  useEffect(() => () => release('flicker'), []) // eslint-disable-line react-hooks/exhaustive-deps
  const end = () => release('flicker')
  return (
    <button
      type="button"
      className={style.act}
      disabled={!enabled}
      title={`${t('panes.flickerLong', names)} (F)`}
      onPointerDown={() => run('flicker')}
      onPointerUp={end}
      onPointerCancel={end}
      onPointerLeave={end}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return
        event.preventDefault()
        if (!event.repeat) run('flicker')
      }}
      onKeyUp={end}
      onBlur={end}
    >
      <FlickerIcon />
      <span>{t('panes.flicker')}</span>
    </button>
  )
}
