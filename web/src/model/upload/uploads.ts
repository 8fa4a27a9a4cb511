/** The uploads of this page: they go on while one moves from page to page. */
import type { Chosen } from './groups'
import { UploadQueue } from './queue'

const arrived = new Set<() => void>()
const offered = new Set<(files: readonly Chosen[]) => void>()

export const uploads = new UploadQueue(() => {
  for (const listener of [...arrived]) listener()
})

/** Call `listener` whenever a slide was registered. */
export function onArrived(listener: () => void): () => void {
  arrived.add(listener)
  return () => {
    arrived.delete(listener)
  }
}

/** Offer files to be uploaded: whoever shows the dialog asks where they go. */
export function offerFiles(files: readonly Chosen[]): void {
  for (const listener of [...offered]) listener(files)
}

export function onOffered(listener: (files: readonly Chosen[]) => void): () => void {
  offered.add(listener)
  return () => {
    offered.delete(listener)
  }
}
