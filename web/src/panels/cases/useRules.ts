import { useEffect, useState, useSyncExternalStore } from 'react'

import { type FieldRule, getSettings } from '../../api/projects'
import { Store } from '../../model/store'

interface Known {
  rules: Readonly<Record<string, readonly FieldRule[]>>
}

/** The schemas read so far: many panes ask for the same one. */
const known = new Store<Known>({ rules: {} })
const asked = new Set<string>()
const NONE: readonly FieldRule[] = []

/** The field rules of a project, empty until they are there or when there are none. */
export function useRules(projectId: string | null): readonly FieldRule[] {
  const { rules } = useSyncExternalStore(known.subscribe, known.get)
  useEffect(() => {
    if (projectId !== null && !asked.has(projectId)) readRules(projectId)
  }, [projectId])
  return projectId === null ? NONE : (rules[projectId] ?? NONE)
}

/** The rules of a project were changed here: read them again. */
export function forgetRules(projectId: string): void {
  readRules(projectId)
}

function readRules(projectId: string): void {
  asked.add(projectId)
  getSettings(projectId).then(
    (settings) => known.set({ rules: { ...known.get().rules, [projectId]: settings.metadata_schema } }),
    () => {
      // Whoever edits without rules is told by the server; the next pane asks again.
      asked.delete(projectId)
    },
  )
}

/** A value that follows another at a distance, for questions asked while somebody types. */
export function useCalm<T>(value: T, pauseMs: number): T {
  const [calm, setCalm] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setCalm(value), pauseMs)
    return () => clearTimeout(timer)
  }, [value, pauseMs])
  return calm
}
