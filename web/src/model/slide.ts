/** What the viewer needs to know about a slide: a part of the API's slide detail, by the same names. */

/** One level that can be asked for; z = 0 is the coarsest. Sizes are pixels of the level. */
export interface Level {
  z: number
  width: number
  height: number
  tile_width: number
  tile_height: number
  cols: number
  rows: number
  downsample_x: number
  downsample_y: number
  stored: boolean
}

export interface Channel {
  index: number
  name: string
  colour: string
  emission_nm: number | null
  excitation_nm: number | null
}

export interface AssociatedImage {
  name: string
  width: number
  height: number
}

export interface Slide {
  slide_id: string
  name: string
  version: string | null
  width: number | null
  height: number | null
  mpp_x: number | null
  mpp_y: number | null
  objective: number | null
  objective_derived: boolean
  mpp_source: 'file' | 'person' | null
  mpp_entered_by: string | null
  levels: Level[]
  channels: Channel[]
  rgb: boolean
  dtype: string | null
  bit_depth: number | null
  z_count: number
  t_count: number
  z_spacing_um: number | null
  background: string
  associated: AssociatedImage[]
  colour: { profile: string | null; managed: boolean; lut_size: number | null }
}

/** A focal plane from 0, or all of them made one: the brightest value of each pixel, or the mean. */
export type PlaneChoice = number | 'max' | 'mean'

/** The most planes that the server makes one picture of. */
export const MOST_PROJECTED = 64

/** The size of a level-0 pixel in micrometres, apart in x and y. */
export interface PixelSize {
  x: number
  y: number
}

/** Pixel size of a slide, or null when nobody has said it yet. */
export function pixelSize(slide: Pick<Slide, 'mpp_x' | 'mpp_y'>): PixelSize | null {
  const x = slide.mpp_x ?? slide.mpp_y
  const y = slide.mpp_y ?? slide.mpp_x
  return x !== null && y !== null && x > 0 && y > 0 ? { x, y } : null
}

/** The focal plane a slide opens at: scanners centre their stacks on the focus they found. */
export function firstPlane(slide: Pick<Slide, 'z_count'>): number {
  return Math.floor(slide.z_count / 2)
}

/** The plane itself; of a projection the one slides open at, where one plane must do (histograms, pixel values). */
export function planeNumber(slide: Pick<Slide, 'z_count'>, plane: PlaneChoice): number {
  return typeof plane === 'number' ? plane : firstPlane(slide)
}

/** A plane that the slide has. */
export function validPlane(slide: Pick<Slide, 'z_count'>, plane: PlaneChoice): PlaneChoice {
  if (typeof plane === 'number') return Math.min(Math.max(plane, 0), slide.z_count - 1)
  return slide.z_count > 1 && slide.z_count <= MOST_PROJECTED ? plane : firstPlane(slide)
}
