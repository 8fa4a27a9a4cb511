import type { Project } from '../../api/slides'
import { compareNames } from '../../i18n'

/** One visible row of the project tree. */
export interface TreeRow {
  readonly project: Project
  readonly level: number
  readonly position: number
  readonly siblings: number
  readonly hasChildren: boolean
  readonly expanded: boolean
}

/** The rows of the tree from top to bottom; what lies in a closed project is left out. */
export function visibleRows(projects: readonly Project[], expanded: ReadonlySet<string>): TreeRow[] {
  const known = new Set(projects.map((project) => project.project_id))
  const children = new Map<string | null, Project[]>()
  for (const project of projects) {
    // A parent that the viewer may not see leaves its child at the top.
    const parent = project.parent_id !== null && known.has(project.parent_id) ? project.parent_id : null
    const siblings = children.get(parent)
    if (siblings) siblings.push(project)
    else children.set(parent, [project])
  }
  for (const siblings of children.values()) siblings.sort((a, b) => compareNames(a.name, b.name))
  const rows: TreeRow[] = []
  addRows(rows, children, expanded, null, 1)
  return rows
}

/** The projects above one, nearest first. */
export function ancestorsOf(projects: readonly Project[], projectId: string): Project[] {
  const byId = new Map(projects.map((project) => [project.project_id, project]))
  const above: Project[] = []
  let at = byId.get(projectId)?.parent_id ?? null
  while (at !== null && above.length < projects.length) {
    const parent = byId.get(at)
    if (parent === undefined) break
    above.push(parent)
    at = parent.parent_id
  }
  return above
}

/** A project by its name and those above it: "Breast / 2026". */
export function pathOf(projects: readonly Project[], project: Project): string {
  const above = ancestorsOf(projects, project.project_id).map((one) => one.name)
  return [...above.reverse(), project.name].join(' / ')
}

/** What a key does to the tree: the row to go to, and the project to open or close. */
export interface TreeMove {
  readonly to?: number
  readonly open?: string
  readonly close?: string
}

/** The moves of a tree as the ARIA practices describe them. */
export function treeMove(rows: readonly TreeRow[], at: number, key: string): TreeMove | null {
  const row = rows[at]
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(rows.length - 1, at + 1) }
    case 'ArrowUp':
      return { to: Math.max(-1, at - 1) }
    case 'Home':
      return { to: -1 }
    case 'End':
      return { to: rows.length - 1 }
    case 'ArrowRight':
      if (!row?.hasChildren) return null
      return row.expanded ? { to: at + 1 } : { open: row.project.project_id }
    case 'ArrowLeft':
      if (row === undefined) return null
      return row.expanded ? { close: row.project.project_id } : { to: parentOf(rows, at) }
    default:
      return null
  }
}

function parentOf(rows: readonly TreeRow[], at: number): number {
  const level = rows[at]?.level ?? 1
  for (let above = at - 1; above >= 0; above -= 1) {
    if ((rows[above]?.level ?? 1) < level) return above
  }
  return -1
}

function addRows(
  rows: TreeRow[],
  children: ReadonlyMap<string | null, Project[]>,
  expanded: ReadonlySet<string>,
  parent: string | null,
  level: number,
): void {
  const siblings = children.get(parent) ?? []
  for (const [index, project] of siblings.entries()) {
    const hasChildren = children.has(project.project_id)
    const open = hasChildren && expanded.has(project.project_id)
    rows.push({ project, level, position: index + 1, siblings: siblings.length, hasChildren, expanded: open })
    if (open) addRows(rows, children, expanded, project.project_id, level + 1)
  }
}
