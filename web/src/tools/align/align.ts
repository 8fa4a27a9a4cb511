/**
 * Aligning two slides by hand: the same spot is clicked in both, two or three times. Clicks that drag move the
 * slide as ever; a mark in the middle of the view is what can be taken without a pointer.
 */
import Interaction from 'ol/interaction/Interaction.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import { alignmentFrom, type Matrix, type PointPair } from '../../model/alignment'
import { type Point, slideToScreen } from '../../model/frame'
import { Store } from '../../model/store'
import type { Viewer } from '../../viewer/viewer'
import type { MeasureColours } from '../draw'

export const MOST_PAIRS = 3
export const FEWEST_PAIRS = 2

export type Side = 0 | 1

export interface AlignState {
  /** Points on either slide, in the order they were clicked. */
  readonly points: readonly [readonly Point[], readonly Point[]]
}

export class Aligning {
  readonly state = new Store<AlignState>({ points: [[], []] })
  private readonly ends: (() => void)[] = []

  constructor(
    private readonly viewers: readonly [Viewer, Viewer],
    colours: () => MeasureColours,
    /** Called when the third pair is complete. */
    private readonly complete: () => void,
  ) {
    for (const side of [0, 1] as const) {
      const viewer = viewers[side]
      viewer.element.style.cursor = 'crosshair'
      this.ends.push(
        viewer.addInteraction(new ClickInteraction((at) => this.point(side, viewer.camera.toSlide(at)))),
        viewer.addOverlay((context) => drawPoints(context, viewer, this.state.get().points[side], colours())),
        this.state.subscribe(() => viewer.render()),
        () => {
          viewer.element.style.cursor = ''
        },
      )
    }
  }

  /** Say where the next spot is on one side; said twice before the other side answered, the second counts. */
  point(side: Side, { x, y }: Point): void {
    const { points } = this.state.get()
    const mine = points[side]
    const theirs = points[side === 0 ? 1 : 0]
    const kept = mine.length > theirs.length ? mine.slice(0, -1) : mine
    if (kept.length >= MOST_PAIRS) return
    const now = [...kept, { x, y }]
    this.state.set({ points: side === 0 ? [now, theirs] : [theirs, now] })
    if (this.pairs().length === MOST_PAIRS) this.complete()
  }

  /** Say that the next spot is in the middle of one side's view. */
  middle(side: Side): void {
    this.point(side, this.viewers[side].camera.get())
  }

  /** Take the last point back; false when there was none. */
  back(): boolean {
    const [first, second] = this.state.get().points
    const most = Math.max(first.length, second.length)
    if (most === 0) return false
    // Of two points that make a pair the other side's was the answer.
    const cut = (list: readonly Point[]) => list.slice(0, most - 1)
    this.state.set({ points: first.length > second.length ? [cut(first), second] : [first, cut(second)] })
    return true
  }

  pairs(): PointPair[] {
    const [first, second] = this.state.get().points
    return first.flatMap(({ x, y }, i): PointPair[] => {
      const other = second[i]
      return other === undefined ? [] : [[x, y, other.x, other.y]]
    })
  }

  /** Level-0 pixels of the first slide to those of the second; null until two pairs say it. */
  matrix(): Matrix | null {
    const [first, second] = this.viewers.map((viewer) => viewer.camera.get().mirrored)
    // Two points fit both ways: a section that is shown flipped is one that lies face down.
    return alignmentFrom(this.pairs(), first !== second)
  }

  close(): void {
    for (const end of this.ends) end()
    for (const viewer of this.viewers) viewer.render()
  }
}

class ClickInteraction extends Interaction {
  constructor(private readonly clicked: (at: number[]) => void) {
    super()
  }

  override handleEvent(event: MapBrowserEvent): boolean {
    if (event.type === 'click') this.clicked(event.coordinate)
    // The second click of a quick pair is a point, not a zoom.
    return event.type !== 'dblclick'
  }
}

const RADIUS = 9

function drawPoints(context: CanvasRenderingContext2D, viewer: Viewer, points: readonly Point[], colours: MeasureColours): void {
  const { camera, viewport } = viewer.state.get()
  const middle = { x: viewport.width / 2, y: viewport.height / 2 }
  stroke(context, colours, (path) => {
    path.moveTo(middle.x - 6, middle.y)
    path.lineTo(middle.x + 6, middle.y)
    path.moveTo(middle.x, middle.y - 6)
    path.lineTo(middle.x, middle.y + 6)
  })
  context.font = `600 12px ${colours.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  points.forEach((point, i) => {
    const { x, y } = slideToScreen(point, camera, viewport)
    stroke(context, colours, (path) => {
      path.arc(x, y, RADIUS, 0, 2 * Math.PI)
      path.moveTo(x - 2, y)
      path.lineTo(x + 2, y)
      path.moveTo(x, y - 2)
      path.lineTo(x, y + 2)
    })
    context.fillStyle = colours.labelBack
    context.beginPath()
    context.arc(x + RADIUS + 8, y - RADIUS - 4, 9, 0, 2 * Math.PI)
    context.fill()
    context.fillStyle = colours.labelText
    context.fillText(String(i + 1), x + RADIUS + 8, y - RADIUS - 3.5)
  })
}

function stroke(context: CanvasRenderingContext2D, colours: MeasureColours, draw: (path: Path2D) => void): void {
  const path = new Path2D()
  draw(path)
  for (const [width, colour] of [[4, colours.rim], [2, colours.line]] as const) {
    context.lineWidth = width
    context.strokeStyle = colour
    context.stroke(path)
  }
}
