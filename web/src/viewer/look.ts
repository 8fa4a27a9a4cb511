/** Everything that changes the bytes of a tile, and the addresses that follow from it. */
import type { PlaneChoice, Slide } from '../model/slide'
import { encodeStyle, NEUTRAL, type Style } from '../model/style'
import type { TileAddress } from '../model/pyramid'

export interface Look {
  /** Tiles of equal look are the same pixels: the first part of every cache key. */
  key: string
  /** The browser applies the slide's colour table. */
  managed: boolean
  query: string
}

export interface LookChoice {
  plane: PlaneChoice
  time: number
  style: Style | null
  managed: boolean
}

/**
 * The look of a slide. Unadjusted RGB tiles come as they lie in the file and are managed by the browser;
 * adjusted ones are managed by the server, before the adjustment.
 */
export function lookOf(slide: Slide, choice: LookChoice): Look {
  const managed = choice.managed && slide.colour.managed && slide.colour.lut_size !== null
  const asked = choice.style === null ? null : { ...choice.style, icc: slide.rgb && managed }
  const styled = asked !== null && encodeStyle({ ...asked, icc: false }) !== null
  const style = styled ? encodeStyle(asked) : null
  const query = new URLSearchParams()
  if (slide.version !== null) query.set('v', slide.version)
  if (style !== null) query.set('style', style)
  if (choice.plane !== 0) query.set('plane', String(choice.plane))
  if (choice.time > 0) query.set('time', String(choice.time))
  const inBrowser = managed && style === null
  const text = query.toString()
  return { key: `${text}|${inBrowser ? 'managed' : 'raw'}`, managed: inBrowser, query: text }
}

export function tileKey(look: Look, address: TileAddress): string {
  return `${look.key}/${address.z}/${address.x}/${address.y}`
}

export function tileUrl(slide: Slide, look: Look, address: TileAddress): string {
  const place = `${address.z}/${address.x}/${address.y}`
  return `/api/v1/slides/${slide.slide_id}/tiles/${place}${look.query === '' ? '' : `?${look.query}`}`
}

/** The style with which the server makes a picture look as the viewer shows it; null for the file's own pixels. */
export function shownStyle(slide: Slide, choice: LookChoice): string | null {
  const managed = choice.managed && slide.colour.managed && slide.colour.lut_size !== null
  return encodeStyle({ ...(choice.style ?? NEUTRAL), icc: slide.rgb && managed })
}
