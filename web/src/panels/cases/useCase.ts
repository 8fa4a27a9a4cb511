import { useEffect, useState } from 'react'

import { type CaseDetail, getCase } from '../../api/cases'
import { isAbort } from '../../api/problem'

interface Opened {
  readonly one: CaseDetail | null
  readonly error: unknown
}

/** The case that is open; read again whenever `version` changes. */
export function useCase(caseId: string | null, version: number): Opened {
  const [opened, setOpened] = useState<Opened>({ one: null, error: null })
  useEffect(() => {
    if (caseId === null) return undefined
    const controller = new AbortController()
    getCase(caseId, controller.signal).then(
      (one) => setOpened({ one, error: null }),
      (error: unknown) => {
        if (!isAbort(error)) setOpened({ one: null, error })
      },
    )
    return () => controller.abort()
  }, [caseId, version])
  const mine = caseId !== null && (opened.one === null || opened.one.case_id === caseId)
  return mine ? opened : { one: null, error: null }
}
