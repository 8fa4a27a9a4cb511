import { useEffect, useState } from 'react'

import { type CaseSummary, listCases } from '../../api/cases'
import type { SlideSummary } from '../../api/slides'
import type { Edits } from '../../model/list/edits'
import { EditInput, type EditInputProps } from './EditInput'
import { useCalm } from './useRules'

interface Props extends Pick<EditInputProps, 'labelledBy' | 'label' | 'autoFocus' | 'onDone'> {
  slides: readonly SlideSummary[]
  edits: Edits
  value: string | null
}

/** The case of slides by its name; a name that the project does not know makes the case. */
export function CaseInput({ slides, edits, value, ...rest }: Props) {
  const projectId = slides[0]?.project_id ?? ''
  const [typed, setTyped] = useState<string | null>(null)
  const [found, setFound] = useState<readonly CaseSummary[]>([])
  const words = useCalm(typed, 150)

  useEffect(() => {
    if (words === null) return undefined
    const controller = new AbortController()
    listCases({ project_id: projectId, ...(words.trim() === '' ? {} : { q: words.trim() }) }, { limit: 8 }, controller.signal).then(
      (page) => setFound(page.items),
      () => undefined, // without suggestions one can still type
    )
    return () => controller.abort()
  }, [projectId, words])

  const commit = async (text: string): Promise<void> => {
    const name = text.trim()
    if (name === '') {
      await edits.move(slides, { projectId, caseId: null, name: '' })
      return
    }
    const page = await listCases({ project_id: projectId, q: name }, { limit: 50 })
    const there = page.items.find((one) => one.name === name)
    if (there === undefined) await edits.createCase(projectId, name, slides)
    else await edits.move(slides, { projectId: there.project_id, caseId: there.case_id, name: there.name })
  }
  return (
    <EditInput
      {...rest}
      value={value}
      property="name"
      maxLength={255}
      suggestions={found.map((one) => one.name)}
      onTyped={setTyped}
      onCommit={commit}
    />
  )
}
