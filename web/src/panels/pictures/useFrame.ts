import { useCallback, useEffect, useRef, useState } from 'react'

import { formatDimensions, t } from '../../i18n'
import type { Region } from '../../model/pyramid'
import { askForFrame } from '../../tools/frame/frame'
import { useViewer } from '../viewer/OpenViewer'

export interface Frame {
  region: Region | null
  /** The dialog is away while the rectangle is drawn. */
  drawing: boolean
  draw: () => void
}

/** The rectangle that was drawn on this slide for an export. */
export function useFrame(say: (text: string) => void): Frame {
  const { viewer } = useViewer()
  const [region, setRegion] = useState<Region | null>(null)
  const [drawing, setDrawing] = useState(false)
  const ending = useRef<AbortController>(undefined)
  useEffect(() => () => ending.current?.abort(), [])
  const draw = useCallback(() => {
    const controller = new AbortController()
    ending.current = controller
    setDrawing(true)
    say(t('pictures.drawHint'))
    const tell = ({ left, top, right, bottom }: Region): void => {
      const size = formatDimensions(Math.round(right - left), Math.round(bottom - top))
      say(t('pictures.frameIs', { size, x: String(Math.round(left)), y: String(Math.round(top)) }))
    }
    void askForFrame(viewer, controller.signal, tell).then((found) => {
      if (controller.signal.aborted) return
      if (found !== null) setRegion(found)
      setDrawing(false)
    })
  }, [viewer, say])
  return { region, drawing, draw }
}
