import type { DragEvent } from 'react'

/** What a slide is called while it is dragged within the page; other pages and programs do not know it. */
const TYPE = 'application/x-coverslip-slide'

let dragged: string | null = null

export function dragSlide(event: DragEvent, slideId: string): void {
  dragged = slideId
  event.dataTransfer.effectAllowed = 'copy'
  event.dataTransfer.setData(TYPE, slideId)
}

export function dropSlide(): void {
  dragged = null
}

/** The slide that is being dragged, if it is one: while it hovers the browser tells its type only. */
export function draggedSlide(event: DragEvent): string | null {
  return event.dataTransfer.types.includes(TYPE) ? dragged : null
}
