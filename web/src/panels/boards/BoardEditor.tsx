import { Button } from '@mantine/core'
import { type SubmitEvent, useCallback, useState } from 'react'

import { type Board, changeBoard, deleteBoard, getBoard, handoutUrl, orderBoard } from '../../api/boards'
import { t } from '../../i18n'
import { kept, moved, withStop } from '../../model/boards'
import { go } from '../../shell/navigation'
import { boardPath, presentPath } from '../../shell/routes'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import rows from '../shell/Rows.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import { StopRow } from './StopRow'
import style from './Boards.module.css'

/** One board: its stops in their order, notes, and the ways to show it. */
export function BoardEditor({ boardId, onTitle }: { boardId: string; onTitle: (title: string) => void }) {
  const load = useCallback(
    async (signal: AbortSignal) => {
      const found = await getBoard(boardId, signal)
      onTitle(found.title)
      return found
    },
    [boardId, onTitle],
  )
  const { value: board, error, again, set } = useLoaded(load)
  const task = useTask()
  if (board === null) return error === null ? null : <ErrorNotice error={error} title={t('board.failed')} onRetry={again} />
  const done = (changed: Board) => {
    set(changed)
    onTitle(changed.title)
  }
  const { rev, stops } = board
  const ids = stops.map(({ stop_id }) => stop_id)
  const order = (stopId: string, by: 1 | -1) => task.run(() => orderBoard(boardId, rev, moved(ids, stopId, by)), done)
  return (
    <div className={style.page}>
      <Ways board={board} onRenamed={(title) => task.run(() => changeBoard(boardId, { rev, title }), done)} />
      {task.error !== null && <ErrorNotice compact error={task.error} title={t('board.notSaved')} onRetry={again} />}
      {stops.length === 0 && <p className={form.text}>{t('board.empty')}</p>}
      {stops.length > 0 && (
        <ol className={rows.rows}>
          {stops.map((stop, i) => (
            <StopRow
              key={stop.stop_id}
              stop={stop}
              number={i + 1}
              last={i === stops.length - 1}
              mayChange={board.may_change && !task.busy}
              present={presentPath(boardId, stops.slice(0, i).filter(({ hidden }) => !hidden).length)}
              onMove={(by) => order(stop.stop_id, by)}
              onRemove={() => task.run(() => changeBoard(boardId, { rev, stops: kept(stops.filter((one) => one !== stop)) }), done)}
              onChange={(change) => task.run(() => changeBoard(boardId, { rev, stops: withStop(stops, stop.stop_id, change) }), done)}
            />
          ))}
        </ol>
      )}
      {board.may_change && <Delete board={board} />}
    </div>
  )
}

function Ways({ board, onRenamed }: { board: Board; onRenamed: (title: string) => void }) {
  const [title, setTitle] = useState<string | null>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (title !== null && title.trim() !== '') onRenamed(title.trim())
    setTitle(null)
  }
  return (
    <div className={style.bar}>
      <Button size="sm" disabled={board.stops.every(({ hidden }) => hidden)} onClick={() => go(presentPath(board.board_id))}>
        {t('board.present')}
      </Button>
      <Button size="sm" variant="default" component="a" href={handoutUrl(board.board_id)} download>
        {t('board.handout')}
      </Button>
      {board.may_change && title === null && (
        <Button size="sm" variant="default" onClick={() => setTitle(board.title)}>
          {t('board.rename')}
        </Button>
      )}
      {title !== null && (
        <form className={style.rename} onSubmit={submit}>
          <input
            className={input.input}
            value={title}
            maxLength={200}
            autoFocus
            aria-label={t('boards.title')}
            onChange={(event) => setTitle(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setTitle(null)
            }}
          />
          <Button type="submit" size="sm">
            {t('board.save')}
          </Button>
          <Button size="sm" variant="default" onClick={() => setTitle(null)}>
            {t('board.cancel')}
          </Button>
        </form>
      )}
    </div>
  )
}

function Delete({ board }: { board: Board }) {
  const [asked, setAsked] = useState(false)
  const { busy, error, run } = useTask()
  if (!asked) {
    return (
      <button type="button" className={`${form.way} ${style.delete}`} onClick={() => setAsked(true)}>
        {t('board.delete')}
      </button>
    )
  }
  return (
    <div className={style.bar}>
      <p className={form.text}>{t('board.really')}</p>
      <Button size="sm" className={form.danger} loading={busy} onClick={() => run(() => deleteBoard(board.board_id), () => go(boardPath()))}>
        {t('board.yes')}
      </Button>
      <Button size="sm" variant="default" onClick={() => setAsked(false)}>
        {t('board.no')}
      </Button>
      {error !== null && <ErrorNotice compact error={error} title={t('board.notSaved')} />}
    </div>
  )
}
