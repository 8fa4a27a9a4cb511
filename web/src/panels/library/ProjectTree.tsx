import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'

import type { Project, SlideSummary } from '../../api/slides'
import { formatCount, formatSince, t } from '../../i18n'
import { type TreeRow, ancestorsOf, treeMove, visibleRows } from '../../model/list/projectTree'
import { Icon } from '../shell/icons'
import style from './ProjectTree.module.css'
import { useDrop } from './drag'
import { useBox, useRows } from './useRows'

/** A finger needs more room than a pointer; the style sheet says the same. */
const ROW_PX = window.matchMedia('(pointer: coarse)').matches ? 44 : 36
/** Row 0 is "All slides"; the projects follow. */
const TOP = 1

interface Props {
  projects: readonly Project[]
  chosen: string | null
  onChoose: (projectId: string | null) => void
  /** Slides were dropped on a project. */
  onDrop?: (project: Project, slides: readonly SlideSummary[]) => void
}

/** The projects as a tree, moved through by keys as the ARIA practices say. */
export function ProjectTree({ projects, chosen, onChoose, onDrop }: Props) {
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => firstOpen(projects, chosen))
  const rows = useMemo(() => visibleRows(projects, expanded), [projects, expanded])
  const whole = useRef<HTMLDivElement>(null)
  const box = useBox(whole)
  const window = useRows(whole, box.height, rows.length + TOP, ROW_PX)
  const chosenAt = rows.findIndex((row) => row.project.project_id === chosen)
  const [focused, setFocused] = useState<number | null>(null)
  const at = focused ?? chosenAt
  const follow = useRef(false)

  useEffect(() => {
    if (!follow.current) return
    follow.current = false
    window.show(at + TOP)
    whole.current?.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus({ preventScroll: true })
  })

  const toggle = (projectId: string, open: boolean): void => {
    const next = new Set(expanded)
    if (open) next.add(projectId)
    else next.delete(projectId)
    setExpanded(next)
  }
  const pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const row = rows[at]
    if (event.key === 'Enter' || event.key === ' ') onChoose(row?.project.project_id ?? null)
    else {
      const move = treeMove(rows, at, event.key)
      if (move === null) return
      if (move.open !== undefined) toggle(move.open, true)
      if (move.close !== undefined) toggle(move.close, false)
      if (move.to !== undefined) setFocused(move.to)
      follow.current = true
    }
    event.preventDefault()
    event.stopPropagation()
  }
  const total = projects.reduce((sum, project) => sum + project.slide_count, 0)
  const { first, end } = window.rows
  return (
    <div ref={whole} className={style.scroller}>
      <div
        role="tree"
        aria-label={t('library.projects')}
        className={style.tree}
        style={{ height: (rows.length + TOP) * ROW_PX }}
        onKeyDown={pressed}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) setFocused(null)
        }}
      >
        <div
          role="treeitem"
          aria-level={1}
          aria-selected={chosen === null}
          tabIndex={at < 0 ? 0 : -1}
          data-row={-1}
          className={style.row}
          onClick={() => onChoose(null)}
        >
          <span className={style.twist} />
          <span className={style.name}>{t('library.all')}</span>
          <span className={style.count}>{formatCount(total)}</span>
        </div>
        {rows.slice(Math.max(0, first - TOP), Math.max(0, end - TOP)).map((row, offset) => {
          const index = Math.max(0, first - TOP) + offset
          return (
            <Item
              key={row.project.project_id}
              row={row}
              index={index}
              chosen={row.project.project_id === chosen}
              stop={index === at}
              onChoose={onChoose}
              onToggle={toggle}
              onDrop={onDrop}
            />
          )
        })}
      </div>
    </div>
  )
}

interface ItemProps {
  row: TreeRow
  index: number
  chosen: boolean
  stop: boolean
  onChoose: (projectId: string) => void
  onToggle: (projectId: string, open: boolean) => void
  onDrop: Props['onDrop']
}

function Item({ row, index, chosen, stop, onChoose, onToggle, onDrop }: ItemProps) {
  const { project, level } = row
  const drop = useDrop(onDrop && ((slides) => onDrop(project, slides)))
  const offline = project.offline_since === null ? null : formatSince(project.offline_since)
  return (
    <div
      role="treeitem"
      aria-level={level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={chosen}
      aria-expanded={row.hasChildren ? row.expanded : undefined}
      tabIndex={stop ? 0 : -1}
      data-row={index}
      className={style.row}
      style={{ transform: `translateY(${(index + TOP) * ROW_PX}px)`, paddingLeft: 8 + (level - 1) * 16 }}
      onClick={() => onChoose(project.project_id)}
      {...drop}
    >
      <span
        className={style.twist}
        data-open={row.expanded}
        onClick={(event) => {
          if (!row.hasChildren) return
          event.stopPropagation()
          onToggle(project.project_id, !row.expanded)
        }}
      >
        {row.hasChildren && <Icon name="right" size={16} />}
      </span>
      <span className={style.name} title={project.name}>
        {project.name}
      </span>
      {offline !== null && (
        <span className={style.offline} title={t('library.offlineSince', { time: offline })}>
          <Icon name="offline" size={14} />
          <span className="cs-unseen">{t('library.offlineSince', { time: offline })}</span>
        </span>
      )}
      <span className={style.count}>{formatCount(project.total_slide_count)}</span>
    </div>
  )
}

/** At first the way to the chosen project is open, and the only top project, if there is one. */
function firstOpen(projects: readonly Project[], chosen: string | null): Set<string> {
  const open = new Set(chosen === null ? [] : ancestorsOf(projects, chosen).map((project) => project.project_id))
  const top = projects.filter((project) => project.parent_id === null)
  const only = top.length === 1 ? top[0] : undefined
  if (only !== undefined) open.add(only.project_id)
  return open
}
