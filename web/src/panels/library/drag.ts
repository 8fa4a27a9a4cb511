import { type DragEvent, useState, useSyncExternalStore } from 'react'

import type { SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { Store } from '../../model/store'
import style from './Drag.module.css'

/** Slides carry their own type, so that nothing else in the page or outside takes them for text or files. */
const TYPE = 'application/x-coverslip-slides'

/** The slides that are being dragged; what comes from elsewhere, such as files, is not among them. */
const dragged = new Store<{ slides: readonly SlideSummary[] }>({ slides: [] })

export function useDragged(): readonly SlideSummary[] {
  return useSyncExternalStore(dragged.subscribe, dragged.get).slides
}

/** Begin to drag slides; what follows the pointer says how many they are. */
export function startDrag(event: DragEvent, slides: readonly SlideSummary[]): void {
  const { dataTransfer } = event
  dataTransfer.clearData()
  dataTransfer.setData(TYPE, slides.map((slide) => slide.slide_id).join(' '))
  dataTransfer.effectAllowed = 'move'
  const ghost = document.createElement('div')
  ghost.className = style.ghost ?? ''
  ghost.textContent = slides.length === 1 ? (slides[0]?.name ?? '') : t('picks.dragged', { count: slides.length })
  document.body.append(ghost)
  dataTransfer.setDragImage(ghost, -12, -8)
  // The browser has its picture after this turn. Targets appear only then, too: moving things now would end the drag.
  setTimeout(() => {
    ghost.remove()
    dragged.set({ slides })
  }, 0)
  const over = (): void => {
    setTimeout(() => dragged.set({ slides: [] }), 0)
    document.removeEventListener('dragend', over)
    document.removeEventListener('drop', over)
  }
  document.addEventListener('dragend', over)
  document.addEventListener('drop', over)
}

interface DropProps {
  'data-drop': boolean
  onDragEnter: (event: DragEvent) => void
  onDragOver: (event: DragEvent) => void
  onDragLeave: () => void
  onDrop: (event: DragEvent) => void
}

/** What makes an element take slides; `data-drop` says that they are above it. */
export function useDrop(take: ((slides: readonly SlideSummary[]) => void) | undefined): DropProps {
  // Entering a part of the element comes before leaving the part beside it, so the two are counted.
  const [depth, setDepth] = useState(0)
  const ours = (): boolean => take !== undefined && dragged.get().slides.length > 0
  return {
    'data-drop': depth > 0,
    onDragEnter: (event) => {
      if (!ours()) return
      event.preventDefault()
      setDepth((now) => now + 1)
    },
    onDragOver: (event) => {
      if (!ours()) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'move'
    },
    onDragLeave: () => setDepth((now) => Math.max(0, now - 1)),
    onDrop: (event) => {
      setDepth(0)
      if (!ours()) return
      event.preventDefault()
      take?.(dragged.get().slides)
    },
  }
}
