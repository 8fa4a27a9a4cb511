import { Button } from '@mantine/core'
import { type SubmitEvent, useCallback, useState } from 'react'

import { listBoards, makeBoard } from '../../api/boards'
import { listProjects } from '../../api/slides'
import { formatSince, t } from '../../i18n'
import { go } from '../../shell/navigation'
import { boardPath } from '../../shell/routes'
import { ErrorNotice } from '../shell/ErrorNotice'
import form from '../shell/Form.module.css'
import { Icon } from '../shell/icons'
import input from '../shell/Input.module.css'
import { Link } from '../shell/Link'
import rows from '../shell/Rows.module.css'
import small from '../shell/Small.module.css'
import { useLoaded } from '../shell/useLoaded'
import { useTask } from '../shell/useTask'
import style from './Boards.module.css'

/** All boards that somebody may see, and a new one. */
export function BoardList() {
  const { value: boards, error, again } = useLoaded(useCallback((signal: AbortSignal) => listBoards(undefined, signal), []))
  const [making, setMaking] = useState(false)
  return (
    <div className={style.page}>
      <p className={form.text}>{t('boards.text')}</p>
      {making ? (
        <NewBoard onCancel={() => setMaking(false)} />
      ) : (
        <div className={style.bar}>
          <Button size="sm" onClick={() => setMaking(true)}>
            {t('boards.make')}
          </Button>
        </div>
      )}
      {error !== null && <ErrorNotice compact error={error} title={t('boards.failed')} onRetry={again} />}
      {boards?.length === 0 && !making && (
        <div className={small.empty}>
          <Icon name="case" size={28} />
          <p>{t('boards.none')}</p>
          <p className={small.quiet}>{t('boards.noneText')}</p>
        </div>
      )}
      {boards !== null && boards.length > 0 && (
        <ul className={rows.rows} aria-label={t('boards.page')}>
          {boards.map((board) => (
            <li key={board.board_id}>
              <Link href={boardPath(board.board_id)} className={style.row}>
                <span className={style.title}>{board.title}</span>
                <span className={small.quiet}>
                  {t('boards.stops', { count: board.stop_count })}
                  {', '}
                  {t('boards.by', { name: board.owner_name, when: formatSince(board.changed_at) })}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function NewBoard({ onCancel }: { onCancel: () => void }) {
  const { value: projects, error: missing } = useLoaded(listProjects)
  const [title, setTitle] = useState('')
  const [chosen, setChosen] = useState('')
  const { busy, error, run } = useTask()
  const projectId = chosen || (projects?.[0]?.project_id ?? '')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    run(
      () => makeBoard({ project_id: projectId, title: title.trim() }),
      (board) => go(boardPath(board.board_id)),
    )
  }
  return (
    <form className={`${form.form} ${style.new}`} onSubmit={submit}>
      <label className={form.label}>
        {t('boards.title')}
        <input className={input.input} value={title} maxLength={200} required autoFocus onChange={(event) => setTitle(event.currentTarget.value)} />
      </label>
      <label className={form.label}>
        {t('boards.project')}
        <select className={input.input} value={projectId} onChange={(event) => setChosen(event.currentTarget.value)}>
          {(projects ?? []).map((project) => (
            <option key={project.project_id} value={project.project_id}>
              {project.name}
            </option>
          ))}
        </select>
      </label>
      {(error ?? missing) !== null && <ErrorNotice compact error={error ?? missing} title={t('board.notSaved')} />}
      <div className={form.buttons}>
        <Button type="submit" size="sm" loading={busy} disabled={title.trim() === '' || projectId === ''}>
          {t('boards.make')}
        </Button>
        <Button size="sm" variant="default" onClick={onCancel}>
          {t('board.cancel')}
        </Button>
      </div>
    </form>
  )
}
