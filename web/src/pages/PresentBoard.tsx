import { useCallback, useEffect, useMemo } from 'react'

import { type Board, getBoard } from '../api/boards'
import { t } from '../i18n'
import { Presentation as Walk } from '../model/boards'
import { beginHidden, endIdentity } from '../panels/boards/presenting'
import { Presentation } from '../panels/boards/Presentation'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Frame } from '../panels/shell/Frame'
import { useLoaded } from '../panels/shell/useLoaded'
import { useTitle } from '../panels/shell/useTitle'
import { currentPlace, go, onPlaceChange } from '../shell/navigation'
import { boardPath, presentPath } from '../shell/routes'

/** A tumour board on the big screen. The address names the stop, so that a reload goes on there. */
export function PresentBoard({ boardId }: { boardId: string }) {
  useEffect(() => beginHidden(), [])
  // Whichever way somebody goes elsewhere: there, names are as they were before.
  useEffect(
    () =>
      onPlaceChange(() => {
        if (currentPlace().pathname !== presentPath(boardId)) endIdentity()
      }),
    [boardId],
  )
  const { value: board, error, again } = useLoaded(useCallback((signal: AbortSignal) => getBoard(boardId, signal), [boardId]))
  useTitle(board?.title ?? t('boards.page'))
  if (board === null) return error === null ? null : <ErrorNotice error={error} title={t('board.failed')} onRetry={again} />
  return <Shown board={board} />
}

function Shown({ board }: { board: Board }) {
  const walk = useMemo(() => new Walk(board, stopOfAddress()), [board])
  const end = useCallback(() => go(boardPath(board.board_id)), [board])
  const remember = useCallback((index: number) => go(presentPath(board.board_id, index), { replace: true }), [board])
  if (walk.stops.length === 0) {
    return (
      <Frame title={board.title}>
        <p>{t('present.nothing')}</p>
      </Frame>
    )
  }
  return <Presentation board={board} walk={walk} onEnd={end} onStop={remember} />
}

function stopOfAddress(): number {
  const number = Number(currentPlace().hash.replace(/^#/, ''))
  return Number.isInteger(number) && number > 0 ? number - 1 : 0
}
