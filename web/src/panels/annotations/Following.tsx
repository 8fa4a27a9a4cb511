import { useEffect } from 'react'

import { identity } from '../../api/identity'
import { t } from '../../i18n'
import type { SharedView, Viewport } from '../../live/wire'
import { Store } from '../../model/store'
import { currentPlace, onPlaceChange } from '../../shell/navigation'
import { matchRoute } from '../../shell/routes'
import type { LookChoice } from '../../viewer/look'
import small from '../shell/Small.module.css'
import { goToSlide } from '../viewer/TopBar'
import { useSelected } from '../viewer/useSelected'
import { useAnnotations, usePresence } from './context'
import style from './status.module.css'

/** So often a presenter's view is told. */
const TELL_MS = 60

/** Whoever presents goes on presenting on the next slide. */
const meeting = new Store<{ present: boolean }>({ present: false })

/** I do not go on presenting. */
export function endMeeting(): void {
  meeting.set({ present: false })
}

/** Tells what I show while I present, and shows what somebody presents while I follow. */
export function Following() {
  const { session, viewer, slide } = useAnnotations()
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
    if (presenter !== null && presenter !== clientId) meeting.set({ present: false })
  }, [online, goesOn, presenter, clientId, session])

  useEffect(() => {
    if (!presenting) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = (slideId: string): void => {
      const { camera, viewport, choice } = viewer.state.get()
      session.showView({
        slide_id: slideId,
        panes: [],
        camera: { ...camera, ...viewport },
        look: choice,
        identity_hidden: identity.get(),
      })
    }
    const tell = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        show(slide.slide_id)
      }, TELL_MS)
    }
    show(slide.slide_id)
    const stop = viewer.state.subscribe(tell)
    const point = (): void => {
      const { pointer } = viewer.state.get()
      session.point(pointer === null ? null : [pointer.x, pointer.y])
    }
    const stopPointing = viewer.state.subscribe(point)
    // Whoever follows comes along before this slide's room is left.
    const stopLeaving = onPlaceChange(() => {
      const { name, params } = matchRoute(currentPlace().pathname)
      const next = params['slideId']
      if (name === 'viewer' && next !== undefined && next !== slide.slide_id) show(next)
    })
    return () => {
      clearTimeout(timer)
      stop()
      stopPointing()
      stopLeaving()
      session.point(null)
    }
  }, [presenting, session, viewer, slide.slide_id])

  useEffect(() => {
    if (following === null || view === null) return
    if (view.slide_id !== slide.slide_id) {
      goToSlide(view.slide_id)
      return
    }
    showView(view, viewer)
  }, [following, view, viewer, slide.slide_id])

  const follows = following !== null
  // Whoever takes the slide in hand looks for themselves again.
  useEffect(() => {
    if (!follows) return undefined
    const stop = (): void => session.follow(null)
    const { element } = viewer
    element.addEventListener('pointerdown', stop)
    element.addEventListener('wheel', stop, { passive: true })
    return () => {
      element.removeEventListener('pointerdown', stop)
      element.removeEventListener('wheel', stop)
    }
  }, [follows, session, viewer])

  if (!presenting && !follows) return null
  const end = (): void => {
    meeting.set({ present: false })
    if (presenting) session.present(false)
    else session.follow(null)
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

function showView({ camera, look }: SharedView, viewer: ReturnType<typeof useAnnotations>['viewer']): void {
  const seen = camera as Partial<Viewport> | null
  if (typeof seen?.x === 'number' && typeof seen.y === 'number' && typeof seen.resolution === 'number') {
    const { viewport } = viewer.state.get()
    // All that they see is to be seen here, too.
    const by = Math.max((seen.width ?? viewport.width) / viewport.width, (seen.height ?? viewport.height) / viewport.height)
    const { rotation = 0, mirrored = false } = seen
    viewer.camera.set({ x: seen.x, y: seen.y, resolution: seen.resolution * by, rotation, mirrored })
  }
  const choice = look as LookChoice | null
  if (choice !== null && JSON.stringify(choice) !== JSON.stringify(viewer.state.get().choice)) viewer.choose(choice)
}
