import { type ReactNode, useEffect, useState } from 'react'

import { isAbort } from '../api/problem'
import { type ShareLook, lookAtShare } from '../api/shares'
import { t } from '../i18n'
import { guestMark, holdLink } from '../api/guest'
import { Door } from '../panels/share/Door'
import { Ended } from '../panels/share/Ended'
import { ErrorNotice } from '../panels/shell/ErrorNotice'
import { Link as AppLink } from '../panels/shell/Link'
import { presence } from '../panels/shell/presence'
import { Sheet } from '../panels/shell/Sheet'
import { useLoaded } from '../panels/shell/useLoaded'
import { usePlace } from '../panels/shell/usePlace'
import { go } from '../shell/navigation'

/** The page of a share link, for somebody without an account. Coming here changes nothing. */
export function SharePage({ token: inPath = '' }: { token?: string }) {
  const { hash } = usePlace()
  const token = inPath === '' ? decoded(hash.slice(1)) : inPath
  return token === '' ? <Nothing /> : <Link key={token} token={token} />
}

function Link({ token }: { token: string }) {
  const [look, setLook] = useState<ShareLook | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const controller = new AbortController()
    lookAtShare(token, controller.signal).then(setLook, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [token, attempt])
  const again = (): void => {
    setError(null)
    setAttempt(attempt + 1)
  }
  const opened = (path: string): void => {
    holdLink(token)
    // Where this window has shown pages of somebody else, nothing of them stays in memory.
    if (presence.state.get().session === null) go(path, { replace: true })
    else window.location.replace(path)
  }
  if (error !== null) {
    return (
      <Quiet title={t('door.title')}>
        <ErrorNotice compact error={error} title={t('door.lookFailed')} onRetry={again} />
      </Quiet>
    )
  }
  if (look === null) return <Quiet title={t('app.loading')}>{null}</Quiet>
  switch (look.state) {
    case 'none':
      return (
        <Quiet title={t('door.noneTitle')}>
          <p>{t('door.noneText')}</p>
        </Quiet>
      )
    case 'ended':
      return (
        <Quiet title={t('door.endedTitle')}>
          <Ended token={token} look={look} />
        </Quiet>
      )
    default:
      return (
        <Quiet title={look.from ? t('door.titleFrom', { name: look.from }) : t('door.title')}>
          <Door token={token} look={look} onOpened={opened} onEnded={again} />
        </Quiet>
      )
  }
}

/** No link in the address: somebody left the slides or comes back after their end, or a part of the link is missing. */
function Nothing() {
  const [mark] = useState(guestMark)
  return mark === 'left' ? <Bare title={t('guest.left')} text={t('guest.leftText')} known /> : <CameBack known={mark === 'here'} />
}

/** The server knows by which link this browser came, as long as the browser keeps its cookie. */
function CameBack({ known }: { known: boolean }) {
  const { value: look, error, again } = useLoaded(lookAtMine)
  if (error !== null) {
    return (
      <Quiet title={t('door.title')}>
        <ErrorNotice compact error={error} title={t('door.lookFailed')} onRetry={again} />
      </Quiet>
    )
  }
  switch (look?.state) {
    case undefined:
      return <Quiet title={t('app.loading')}>{null}</Quiet>
    case 'ended':
      return (
        <Quiet title={t('door.endedTitle')}>
          <Ended token={null} look={look} />
          <AppLink href="/signin">{t('door.signIn')}</AppLink>
        </Quiet>
      )
    case 'none':
      return known ? (
        <Bare title={t('door.endedTitle')} text={t('door.endedBare')} known />
      ) : (
        <Bare title={t('door.noneTitle')} text={t('door.noneText')} />
      )
    default:
      return <Bare title={t('return.title')} text={t('door.againBare')} known />
  }
}

/** A page of one sentence; whoever was here before may have an account, too. */
function Bare({ title, text, known = false }: { title: string; text: string; known?: boolean }) {
  return (
    <Quiet title={title}>
      <p>{text}</p>
      {known && <AppLink href="/signin">{t('door.signIn')}</AppLink>}
    </Quiet>
  )
}

function lookAtMine(signal: AbortSignal): Promise<ShareLook> {
  return lookAtShare(null, signal)
}

/** The title of the tab never says whose link it is. */
function Quiet({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Sheet title={title} plain>
      {children}
    </Sheet>
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
