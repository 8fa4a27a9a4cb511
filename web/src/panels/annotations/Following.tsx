import { useEffect, useMemo } from 'react'

import { identity } from '../../api/identity'
import { t } from '../../i18n'
import { endPresenting } from '../../live/session'
import { Store } from '../../model/store'
import small from '../shell/Small.module.css'
import { useDesk } from '../viewer/openDesk'
import { useSelected } from '../viewer/useSelected'
import { useAnnotations, usePresence } from './context'
import { Mirror } from './mirroring'
import { shownDesk } from './sharing'
import style from './status.module.css'

/** So often a presenter's view is told. */
const TELL_MS = 60

/** Whoever presents goes on presenting on the next slide. */
const meeting = new Store<{ present: boolean }>({ present: false })

/** I present no longer, on none of the slides that lie here. */
export function endMeeting(): void {
  meeting.set({ present: false })
  endPresenting()
}

/** Tells what I show while I present, and shows what somebody presents while I follow. */
export function Following() {
  const { session, viewer, slide } = useAnnotations()
  const openDesk = useDesk()
  const panes = useSelected(openDesk.opens, (state) => state.panes)
  const mirror = useMemo(() => new Mirror(openDesk), [openDesk])
  const clientId = usePresence((state) => state.clientId)
  const presenter = usePresence((state) => state.presenter)
  const following = usePresence((state) => state.following)
  const people = usePresence((state) => state.people)
  const view = usePresence((state) => state.view)
  const online = usePresence((state) => state.connection === 'online')
  const goesOn = useSelected(meeting, (state) => state.present)
  const presenting = presenter !== null && presenter === clientId
  const leader = following === null ? undefined : people.get(following)

  useEffect(() => {
    if (presenting) meeting.set({ present: true })
  }, [presenting])
  useEffect(() => {
    if (online && goesOn && presenter === null) session.present(true)
    // Somebody else took over.
    if (presenter !== null && presenter !== clientId && goesOn) endMeeting()
  }, [online, goesOn, presenter, clientId, session])

  useEffect(() => {
    if (!presenting) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = (): void => session.showView(shownDesk(openDesk.desk.get(), panes, slide.slide_id, identity.get()))
    const tell = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        show()
      }, TELL_MS)
    }
    show()
    const stops = [...panes.values()].map(({ open }) => open.viewer.state.subscribe(tell))
    const point = (): void => {
      const { pointer } = viewer.state.get()
      session.point(pointer === null ? null : [pointer.x, pointer.y])
    }
    stops.push(
      viewer.state.subscribe(point),
      // Whoever follows comes along before this slide's room is left.
      openDesk.desk.subscribe(() => (openDesk.desk.active.slideId === slide.slide_id ? tell() : show())),
    )
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
      session.point(null)
    }
  }, [presenting, session, viewer, slide.slide_id, openDesk, panes])

  useEffect(() => {
    // What opens late comes along as soon as it is there.
    if (following !== null && view !== null) mirror.show(view)
  }, [following, view, mirror, panes])

  const follows = following !== null
  // Whoever takes a slide in hand looks for themselves again.
  useEffect(() => (follows ? mirror.watchHands(() => session.follow(null)) : undefined), [follows, session, mirror, panes])

  if (!presenting && !follows) return null
  const end = (): void => {
    endMeeting()
    if (!presenting) session.follow(null)
  }
  return (
    <div className={style.meeting} role="status" data-presenting={presenting || undefined}>
      <span>{presenting ? t('annotations.youPresent') : t('annotations.youFollow', { name: leader?.person.name ?? t('annotations.somebody') })}</span>
      <button type="button" className={small.act} onClick={end}>
        {presenting ? t('annotations.presentEnd') : t('annotations.unfollow')}
      </button>
    </div>
  )
}
