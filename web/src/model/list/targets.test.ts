import { expect, test } from 'vitest'

import type { CaseSummary } from '../../api/cases'
import type { Project } from '../../api/slides'
import { targetChoices } from './targets'

const project = (id: string, name: string, parent: string | null = null): Project =>
  ({ project_id: id, name, parent_id: parent }) as Project
const projects = [project('p1', 'Clinic'), project('p2', 'Breast', 'p1'), project('p3', 'Teaching')]
const cases = [{ case_id: 'c1', name: 'S24-1', project_id: 'p2' }] as CaseSummary[]
const found = { words: '', cases }
const home = projects[1] as Project

const kinds = (words: string, some: Partial<Parameters<typeof targetChoices>[0]> = {}): string[] =>
  targetChoices({ words, found, projects, home, inCase: true, ...some }).map((one) => one.kind)

test('cases come first, then the way out of a case, then projects by their path', () => {
  const all = targetChoices({ words: '', found, projects, home, inCase: true })
  expect(all.map((one) => one.kind)).toEqual(['case', 'none', 'project', 'project', 'project'])
  expect(all.flatMap((one) => (one.kind === 'project' ? [one.path] : []))).toEqual(['Clinic', 'Clinic / Breast', 'Teaching'])
  expect(kinds('', { inCase: false })).not.toContain('none')
})

test('words that name no case of the project offer to make it', () => {
  expect(kinds('S24-2')).toContain('new')
  expect(kinds('S24-1')).not.toContain('new')
  expect(kinds('S24-2', { home: null })).not.toContain('new')
})

test('projects are found by any part of their path', () => {
  const some = targetChoices({ words: 'clinic', found: { words: 'clinic', cases: [] }, projects, home: null, inCase: false })
  expect(some.map((one) => (one.kind === 'project' ? one.path : one.kind))).toEqual(['Clinic', 'Clinic / Breast'])
})

test('a late answer to other words offers nothing that does not fit, and the server is believed for the same words', () => {
  expect(kinds('S24-9')[0]).toBe('new')
  expect(kinds('s24')[0]).toBe('case')
  expect(kinds('her2 carcinoma', { found: { words: 'her2 carcinoma', cases } })[0]).toBe('case')
})
