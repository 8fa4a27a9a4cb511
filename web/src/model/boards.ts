/** Tumour boards: what a stop keeps of the panes, what it lays on the desk again, and walking from stop to stop. */
import type { Board, BoardPane, Stop, StopIn } from '../api/boards'
import type { DeskPlan } from './desk'
import { Store } from './store'
import { canonicalStyle, encodeStyle, type Style, styleFrom } from './style'
import type { View } from './viewlink'

/** What a pane shows, as a stop keeps it and as a presenter tells it. */
export function paneOf(slideId: string, view: Pick<View, 'x' | 'y' | 'resolution' | 'rotation' | 'mirrored' | 'style'>): BoardPane {
  const { x, y, resolution, rotation, mirrored } = view
  return { slide_id: slideId, camera: { x, y, resolution, rotation, mirrored }, look: lookOf(view.style) }
}

export function lookOf(style: Style | null): Readonly<Record<string, unknown>> | null {
  const text = style === null ? null : canonicalStyle(style)
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>)
}

/** The same pane as the fragment of a link; scale as CSS pixels per level-0 pixel, which any slide understands. */
export function fragmentOf({ camera, look }: Pick<BoardPane, 'camera' | 'look'>): string {
  const query = new URLSearchParams({ x: String(camera.x), y: String(camera.y), zoom: String(1 / camera.resolution) })
  if (camera.rotation !== 0) query.set('rotation', String((camera.rotation * 180) / Math.PI))
  if (camera.mirrored) query.set('mirror', '1')
  const style = encodeStyle(look === null ? null : styleFrom(look))
  if (style !== null) query.set('style', style)
  return query.toString()
}

/** Each pane opens where it was kept: the panes do not pull each other. */
export function planOf(panes: readonly BoardPane[]): DeskPlan {
  return { panes: panes.map((pane) => ({ slideId: pane.slide_id, start: fragmentOf(pane) })), active: 0, locked: false }
}

/** All stops as they are, for a change that touches one. */
export function kept(stops: readonly Stop[]): StopIn[] {
  return stops.map(({ stop_id }) => ({ stop_id }))
}

/** All stops with one of them changed. */
export function withStop(stops: readonly Stop[], stopId: string, change: Pick<StopIn, 'note' | 'hide_identity' | 'layers'>): StopIn[] {
  return stops.map((stop) => {
    if (stop.stop_id !== stopId) return { stop_id: stop.stop_id }
    const { stop_id, case_id, panes, layers, note, hide_identity } = stop
    return { stop_id, case_id, panes, layers, note, hide_identity, ...change }
  })
}

/** Ids with one moved by a step; the same ones at the ends. */
export function moved(ids: readonly string[], id: string, by: 1 | -1): readonly string[] {
  const from = ids.indexOf(id)
  const to = from + by
  if (from < 0 || to < 0 || to >= ids.length) return ids
  const next = [...ids]
  next.splice(from, 1)
  next.splice(to, 0, id)
  return next
}

export interface PresentationState {
  readonly index: number
  /** Nothing is shown: everybody looks at whoever speaks. */
  readonly black: boolean
}

/** Walks through the stops that are for whoever presents. */
export class Presentation {
  readonly state: Store<PresentationState>
  readonly stops: readonly Stop[]

  constructor(board: Pick<Board, 'stops'>, first = 0) {
    this.stops = board.stops.filter(({ hidden }) => !hidden)
    this.state = new Store({ index: this.within(first), black: false })
  }

  get stop(): Stop | null {
    return this.stops[this.state.get().index] ?? null
  }

  /** Slides of the stops after and before this one, the next first: to be made ready. */
  get coming(): readonly BoardPane[] {
    const { index } = this.state.get()
    return [...(this.stops[index + 1]?.panes ?? []), ...(this.stops[index - 1]?.panes ?? [])]
  }

  go(index: number): void {
    this.state.set({ index: this.within(index), black: false })
  }

  step(by: 1 | -1): void {
    this.go(this.state.get().index + by)
  }

  toggleBlack(): void {
    this.state.set({ black: !this.state.get().black })
  }

  /** What a key does here; false when it means nothing. Page keys are those of hand-held pointers. */
  key(key: string): boolean {
    if (key === 'ArrowRight' || key === 'PageDown') this.step(1)
    else if (key === 'ArrowLeft' || key === 'PageUp') this.step(-1)
    else if (key === 'Home') this.go(0)
    else if (key === 'End') this.go(this.stops.length - 1)
    else if (key === 'b' || key === 'B' || key === '.') this.toggleBlack()
    else return false
    return true
  }

  private within(index: number): number {
    return Math.max(0, Math.min(index, this.stops.length - 1))
  }
}
