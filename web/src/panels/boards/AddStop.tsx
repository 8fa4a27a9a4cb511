import { Button } from '@mantine/core'
import { type SubmitEvent, useCallback, useState } from 'react'

import { changeBoard, getBoard, listBoards, makeBoard, type StopIn } from '../../api/boards'
import { t } from '../../i18n'
import { kept, paneOf } from '../../model/boards'
import { boardPath } from '../../shell/routes'
import { Dialog } from '../shell/Dialog'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import input from '../shell/Input.module.css'
import { Link } from '../shell/Link'
import small from '../shell/Small.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import type { OpenDesk, OpenPane } from '../viewer/openDesk'

/** Most panes of a stop, as the server takes them. */
const MOST_PANES = 4

interface Props {
  openDesk: OpenDesk
  shown: OpenPane
  /** Layers of annotations that are visible now. */
  layers?: readonly string[]
  onClose: () => void
}

/** Keep what the panes show as the next stop of a board. */
export function AddStop({ openDesk, shown, layers = [], onClose }: Props) {
  const { value: boards, error: missing } = useLoaded(useCallback((signal: AbortSignal) => listBoards(undefined, signal), []))
  const mine = boards?.filter(({ may_change: may }) => may) ?? []
  const [chosen, setChosen] = useState<string | null>(null)
  const [title, setTitle] = useState('')
  const [note, setNote] = useState('')
  const [hide, setHide] = useState(true)
  const [added, setAdded] = useState<{ boardId: string; number: number; title: string } | null>(null)
  const { busy, error, run } = useTask()
  const boardId = chosen ?? mine[0]?.board_id ?? ''
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const stop = stopOf(openDesk, shown, { layers, note: note.trim(), hide_identity: hide })
    run(
      async () => {
        if (boardId === '') return makeBoard({ project_id: shown.open.slide.project_id, title: title.trim(), stops: [stop] })
        const board = await getBoard(boardId)
        return changeBoard(boardId, { rev: board.rev, stops: [...kept(board.stops), stop] })
      },
      (board) => setAdded({ boardId: board.board_id, number: board.stops.length, title: board.title }),
    )
  }
  return (
    <Dialog title={t('board.add')} onClose={onClose}>
      {added !== null ? (
        <p className={form.good} role="status">
          {t('board.added', { number: added.number, title: added.title })} <Link href={boardPath(added.boardId)} className={small.link}>
            {t('board.open')}
          </Link>
        </p>
      ) : (
        <form className={form.form} onSubmit={submit}>
          <label className={form.label}>
            {t('board.addTo')}
            <select className={input.input} data-autofocus value={boardId} onChange={(event) => setChosen(event.currentTarget.value)}>
              {mine.map((board) => (
                <option key={board.board_id} value={board.board_id}>
                  {board.title}
                </option>
              ))}
              <option value="">{t('board.newBoard')}</option>
            </select>
          </label>
          {boardId === '' && (
            <label className={form.label}>
              {t('boards.title')}
              <input className={input.input} value={title} maxLength={200} required onChange={(event) => setTitle(event.currentTarget.value)} />
            </label>
          )}
          <label className={form.label}>
            {t('board.note')}
            <textarea className={input.input} value={note} maxLength={4000} rows={3} onChange={(event) => setNote(event.currentTarget.value)} />
          </label>
          <label className={form.check}>
            <input type="checkbox" checked={hide} onChange={(event) => setHide(event.currentTarget.checked)} />
            {t('board.hideIdentity')}
          </label>
          {(error ?? missing) !== null && <ErrorNotice compact error={error ?? missing} title={t('board.notSaved')} />}
          <div className={form.foot}>
            <Button type="submit" size="sm" loading={busy} disabled={boards === null || (boardId === '' && title.trim() === '')}>
              {t('board.addButton')}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  )
}

function stopOf({ desk, opens }: OpenDesk, shown: OpenPane, facts: Pick<StopIn, 'layers' | 'note' | 'hide_identity'>): StopIn {
  const open = desk.get().panes.map(({ id }) => opens.get().panes.get(id))
  const panes = open.filter((pane) => pane !== undefined).slice(0, MOST_PANES)
  return {
    ...facts,
    case_id: shown.open.slide.case_id,
    panes: panes.map(({ open: { slide, viewer } }) => paneOf(slide.slide_id, viewer.view())),
  }
}
