import { useEffect, useLayoutEffect, useRef } from 'react'

import type { SlideDetail } from '../../api/slides'
import { t } from '../../i18n'
import { rememberPlace } from '../../model/details'
import type { View } from '../../model/viewlink'
import { Toolbox } from '../../tools/toolbox'
import { Memory } from '../../viewer/memory'
import { Viewer } from '../../viewer/viewer'
import { Annotating, type Looker } from './annotating'
import { measureColours, paintStyle } from './colours'
import type { OpenViewer } from './OpenViewer'
import { preferences } from './preferences'
import style from './viewer.module.css'

interface Props {
  slide: SlideDetail
  start: Partial<View>
  /** Who draws and comments; null: nobody does here. */
  looker: Looker | null
  /** Take the focus when it opens. */
  focused: () => boolean
  /** Called when it goes while it has the focus. */
  onFocusLost: () => void
  /** Told of the viewer when it is there; what it returns is called before the viewer goes. */
  onOpen: (open: OpenViewer) => () => void
}

/** The canvas of one slide. Another slide is another stage: give it a key. */
export function Stage({ slide, start, looker, focused, onFocusLost, onOpen }: Props) {
  const target = useRef<HTMLDivElement>(null)
  const begin = useRef(start)
  const opened = useRef(onOpen)
  const who = useRef(looker)
  const focus = useRef({ focused, onFocusLost })

  useEffect(() => {
    if (target.current === null) return undefined
    const viewer = new Viewer({
      target: target.current,
      slide,
      start: begin.current,
      paintStyle,
      scrolling: () => preferences.get().scrolling,
      turnLocked: () => preferences.get().turnLocked,
    })
    const toolbox = new Toolbox(viewer, measureColours, preferences.get().fieldKind)
    const memory = new Memory(viewer, slide)
    const annotating = who.current === null ? null : new Annotating(toolbox, slide, who.current)
    const leave = opened.current({ viewer, toolbox, slide, annotating })
    return () => {
      leave()
      annotating?.close()
      rememberPlace(slide.slide_id, viewer.view())
      memory.close()
      toolbox.close()
      viewer.close()
    }
  }, [slide])

  // Whoever walks a case by keys must not lose the picture with every step.
  useLayoutEffect(() => {
    const element = target.current
    const { current } = focus
    if (current.focused()) element?.focus({ preventScroll: true })
    return () => {
      if (element?.contains(document.activeElement) === true) current.onFocusLost()
    }
  }, [])

  return (
    <div
      ref={target}
      className={style.stage}
      role="application"
      tabIndex={0}
      aria-label={t('viewer.stage', { name: slide.name })}
    />
  )
}
