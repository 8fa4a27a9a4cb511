import { expect, test } from 'vitest'

import type { Project } from '../../api/slides'
import { ancestorsOf, treeMove, visibleRows } from './projectTree'

function project(project_id: string, parent_id: string | null, name = project_id): Project {
  const mine = { my_role: 'manager', rights: [], visibility: 'private' } as const
  return { project_id, parent_id, name, slide_count: 0, total_slide_count: 0, offline_since: null, ...mine, rights: [] }
}

const PROJECTS = [
  project('b', null, 'batch 10'),
  project('a', null, 'Batch 9'),
  project('a1', 'a'),
  project('a2', 'a'),
  project('a2x', 'a2'),
  project('lost', 'unseen'),
]

const shown = (expanded: string[]) => visibleRows(PROJECTS, new Set(expanded)).map((row) => row.project.project_id)

test('closed projects hide what lies in them; names sort as people expect', () => {
  expect(shown([])).toEqual(['a', 'b', 'lost'])
  expect(shown(['a'])).toEqual(['a', 'a1', 'a2', 'b', 'lost'])
  expect(shown(['a', 'a2'])).toEqual(['a', 'a1', 'a2', 'a2x', 'b', 'lost'])
  expect(shown(['a2'])).toEqual(['a', 'b', 'lost'])
})

test('rows say where they stand, for those who do not see the tree', () => {
  const rows = visibleRows(PROJECTS, new Set(['a']))
  expect(rows[2]).toMatchObject({ level: 2, position: 2, siblings: 2, hasChildren: true, expanded: false })
})

test('keys move, open and close as in any tree', () => {
  const rows = visibleRows(PROJECTS, new Set(['a']))
  expect(treeMove(rows, 0, 'ArrowDown')).toEqual({ to: 1 })
  expect(treeMove(rows, 0, 'ArrowUp')).toEqual({ to: -1 })
  expect(treeMove(rows, 0, 'ArrowRight')).toEqual({ to: 1 })
  expect(treeMove(rows, 0, 'ArrowLeft')).toEqual({ close: 'a' })
  expect(treeMove(rows, 2, 'ArrowRight')).toEqual({ open: 'a2' })
  expect(treeMove(rows, 2, 'ArrowLeft')).toEqual({ to: 0 })
  expect(treeMove(rows, -1, 'ArrowDown')).toEqual({ to: 0 })
  expect(treeMove(rows, 0, 'End')).toEqual({ to: 4 })
  expect(treeMove(rows, 0, 'x')).toBeNull()
})

test('the way up from a project, nearest first, even when parents go in a circle', () => {
  expect(ancestorsOf(PROJECTS, 'a2x').map((one) => one.project_id)).toEqual(['a2', 'a'])
  expect(ancestorsOf(PROJECTS, 'a')).toEqual([])
  const circle = [project('x', 'y'), project('y', 'x')]
  expect(ancestorsOf(circle, 'x').length).toBeLessThanOrEqual(2)
})
