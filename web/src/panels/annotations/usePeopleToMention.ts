import { useEffect, useMemo, useState } from 'react'

import { findOnlookers } from '../../api/members'
import { useWithoutAccount } from '../shell/session'
import { useAbilities, useAnnotations, useDocument, usePresence } from './context'
import type { Mention } from './threads'

const MOST = 6
const CALM_MS = 150

/**
 * People whose name has these words: who is here, who drew or wrote here, and everybody else who sees the slide. A guest
 * learns of nobody else.
 */
export function usePeopleToMention(words: string | null): readonly Mention[] {
  const { slide } = useAnnotations()
  const guest = useWithoutAccount()
  const { comment } = useAbilities()
  const here = usePresence((state) => state.people)
  const me = usePresence((state) => state.me)
  const annotations = useDocument((state) => state.annotations)
  const comments = useDocument((state) => state.comments)
  const [found, setFound] = useState<readonly Mention[]>([])
  const known = useMemo(() => {
    const people = new Map<string, string>()
    for (const { person } of here.values()) if (!person.guest) people.set(person.id, person.name)
    for (const one of annotations.values()) people.set(one.author_id, one.author_name)
    for (const one of comments.values()) people.set(one.author_id, one.author_name)
    return [...people].map(([id, name]) => ({ id, name })).filter(({ name }) => name !== '' && !/\(.*\)$/.test(name))
  }, [here, annotations, comments])

  useEffect(() => {
    if (words === null || words === '' || guest || !comment) return undefined
    const controller = new AbortController()
    const timer = setTimeout(() => {
      findOnlookers(slide.slide_id, words, controller.signal).then(
        (people) => setFound(people.map(({ person_id: id, name }) => ({ id, name }))),
        // Then only those who are known here are offered.
        () => undefined,
      )
    }, CALM_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [words, guest, comment, slide.slide_id])

  if (words === null) return []
  const parts = words.toLowerCase().split(/\s+/).filter((part) => part !== '')
  const all = new Map([...known, ...found].map((one) => [one.id, one]))
  return [...all.values()]
    .filter(({ id, name }) => id !== me?.id && parts.every((part) => name.toLowerCase().includes(part)))
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, MOST)
}
