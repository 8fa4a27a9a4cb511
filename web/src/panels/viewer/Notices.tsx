import { Button } from '@mantine/core'
import { useEffect } from 'react'

import { reportSignedOut } from '../../api/client'
import { type ApiError, UNREACHABLE } from '../../api/problem'
import { formatNumber, t } from '../../i18n'
import { sentence } from '../shell/ErrorNotice'
import type { Annotating } from './annotating'
import { useViewer, useViewerState } from './OpenViewer'
import { useSelected } from './useSelected'
import piece from './pieces.module.css'

/** What goes wrong while looking: quiet lines above the picture, each with its request id. */
export function Notices() {
  const { viewer } = useViewer()
  const problem = useViewerState((state) => state.problem)
  const missing = useViewerState((state) => state.missing)
  const missingProblem = useViewerState((state) => state.missingProblem)
  const slow = useViewerState((state) => state.slowSeconds)
  const colour = useViewerState((state) => state.colourProblem)
  const signedOut = problem?.code === 'unauthenticated' || missingProblem?.code === 'unauthenticated'
  useEffect(() => {
    if (signedOut) reportSignedOut()
  }, [signedOut])

  return (
    <div className={piece.notices} role="status" aria-live="polite">
      {problem !== null && problem.code === 'slide_changed' && (
        <Line tone="danger" text={t('viewer.changed')} problem={problem} act={t('viewer.reload')} onAct={() => window.location.reload()} />
      )}
      {problem !== null && problem.code !== 'slide_changed' && (
        <Line tone="danger" text={sentence(problem)} problem={problem} act={t('viewer.retry')} onAct={viewer.tiles.retry} />
      )}
      {problem === null && missing > 0 && (
        <Line
          tone="danger"
          text={missingProblem?.code === UNREACHABLE ? t('viewer.offlineNow') : t('viewer.missing', { count: missing })}
          problem={missingProblem}
          act={t('viewer.retry')}
          onAct={viewer.tiles.retry}
        />
      )}
      {slow !== null && <Line tone="warn" text={t('viewer.slow', { seconds: formatNumber(slow, 1) })} problem={null} />}
      {colour !== null && <Line tone="warn" text={t('viewer.colourFailed')} problem={colour} />}
    </div>
  )
}

/** The code for annotations could not be fetched: the picture is there, drawing is not. */
export function AnnotationsFailed({ annotating }: { annotating: Annotating }) {
  const error = useSelected(annotating.state, (state) => state.error)
  if (error === null) return null
  return (
    <div className={piece.notices} role="status">
      <Line tone="warn" text={t('annotations.codeFailed')} problem={null} act={t('viewer.retry')} onAct={annotating.open} />
    </div>
  )
}

interface LineProps {
  tone: 'danger' | 'warn'
  text: string
  problem: ApiError | null
  act?: string
  onAct?: () => void
}

function Line({ tone, text, problem, act, onAct }: LineProps) {
  return (
    <div className={piece.notice} data-tone={tone}>
      <span>{text}</span>
      {problem !== null && problem.request_id !== null && (
        <span className={piece.request}>
          {t('error.code', { code: problem.code })} · {t('error.request', { requestId: problem.request_id })}
        </span>
      )}
      {act !== undefined && (
        <Button size="compact-xs" variant="default" onClick={onAct}>
          {act}
        </Button>
      )}
    </div>
  )
}
