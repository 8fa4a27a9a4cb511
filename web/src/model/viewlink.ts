/**
 * The link to exactly this view. It stands behind the `#` of the address, so that it never reaches the
 * server and changing it loads nothing. Centre in level-0 pixels; scale as µm per CSS pixel (`mpp`), or as
 * CSS pixels per level-0 pixel (`zoom`) for a slide without a scale.
 */
import type { Camera } from './frame'
import { normalAngle } from './frame'
import { meanMpp } from './magnification'
import type { PixelSize, PlaneChoice } from './slide'
import { decodeStyle, encodeStyle, type Style } from './style'

export interface View extends Camera {
  plane: PlaneChoice
  time: number
  style: Style | null
  /** Apply the slide's colour profile. */
  managed: boolean
}

/** The fragment without its `#`; the focal plane is named unless it is the one slides open at. */
export function viewToFragment(view: View, size: PixelSize | null, firstPlane = 0): string {
  const query = new URLSearchParams()
  query.set('x', shortest(view.x))
  query.set('y', shortest(view.y))
  if (size === null) query.set('zoom', shortest(1 / view.resolution))
  else query.set('mpp', shortest(view.resolution * meanMpp(size)))
  const degrees = (view.rotation * 180) / Math.PI
  if (Math.abs(degrees) > 1e-9) query.set('rotation', shortest(degrees))
  if (view.mirrored) query.set('mirror', '1')
  if (view.plane !== firstPlane) query.set('z', String(view.plane))
  if (view.time > 0) query.set('t', String(view.time))
  const style = encodeStyle(view.style)
  if (style !== null) query.set('style', style)
  if (!view.managed) query.set('colour', 'raw')
  return query.toString()
}

/** What a fragment asks for; missing or senseless parts are left out. */
export function viewFromFragment(fragment: string, size: PixelSize | null): Partial<View> {
  const query = new URLSearchParams(fragment.replace(/^#/, ''))
  const view: Partial<View> = {}
  const x = number(query, 'x')
  const y = number(query, 'y')
  if (x !== null && y !== null) Object.assign(view, { x, y })
  const mpp = number(query, 'mpp')
  const zoom = number(query, 'zoom')
  if (mpp !== null && mpp > 0 && size !== null) view.resolution = exact(mpp / meanMpp(size))
  else if (zoom !== null && zoom > 0) view.resolution = exact(1 / zoom)
  const degrees = number(query, 'rotation')
  if (degrees !== null) view.rotation = normalAngle((degrees * Math.PI) / 180)
  if (query.get('mirror') === '1') view.mirrored = true
  const projection = query.get('z')
  const plane = number(query, 'z')
  if (projection === 'max' || projection === 'mean') view.plane = projection
  else if (plane !== null && plane >= 0) view.plane = Math.floor(plane)
  const time = number(query, 't')
  if (time !== null && time >= 0) view.time = Math.floor(time)
  const style = decodeStyle(query.get('style'))
  if (style !== null) view.style = style
  if (query.get('colour') === 'raw') view.managed = false
  return view
}

/** A link must give the same pixels: 1:1 stays exactly 1:1 after a division that may be off in the last bit. */
function exact(resolution: number): number {
  const near = Math.round(resolution)
  return near >= 1 && Math.abs(resolution - near) < 1e-9 ? near : resolution
}

function shortest(value: number): string {
  return String(Number(value.toPrecision(12)))
}

function number(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null || text.trim() === '') return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}
