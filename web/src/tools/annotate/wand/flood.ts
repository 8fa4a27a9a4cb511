/**
 * The magic wand's eye: pixels that hang together with the one pressed on and look like it. Colours are compared in
 * CIELAB (CIE 15:2004), where equal distances look about equally different, after a blur that takes the grain away.
 */

export interface Pixels {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
}

export interface Mask {
  /** 1 where the pixel belongs. */
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** The mask's corner in the picture. */
  readonly left: number
  readonly top: number
}

/** Half the side of the square that one press looks at, in pixels. */
export const REACH_PX = 64
const BLUR_PX = 1
/** Half the side of the square whose mean is the colour looked for. */
const SEED_PX = 2

/** The pixels around (x, y) that look like it and hang together with it; null outside the picture. */
export function flood(picture: Pixels, x: number, y: number, tolerance: number, reach = REACH_PX): Mask | null {
  const [cx, cy] = [Math.floor(x), Math.floor(y)]
  if (cx < 0 || cy < 0 || cx >= picture.width || cy >= picture.height) return null
  const left = Math.max(0, cx - reach)
  const top = Math.max(0, cy - reach)
  const width = Math.min(picture.width, cx + reach + 1) - left
  const height = Math.min(picture.height, cy + reach + 1) - top
  const lab = blurred(labOf(picture, left, top, width, height), width, height)
  const seed = meanAround(lab, width, height, cx - left, cy - top)
  const near = new Uint8Array(width * height)
  for (let i = 0; i < near.length; i++) {
    const [l, a, b] = [lab[3 * i] as number, lab[3 * i + 1] as number, lab[3 * i + 2] as number]
    near[i] = Math.hypot(l - seed[0], a - seed[1], b - seed[2]) <= tolerance ? 1 : 0
  }
  const data = connected(near, width, height, (cy - top) * width + cx - left)
  return { data: filled(data, width, height), width, height, left, top }
}

/** What hangs together with the pixel at `from`, over edges. The pixel itself always belongs. */
function connected(near: Uint8Array, width: number, height: number, from: number): Uint8Array {
  const found = new Uint8Array(near.length)
  const stack = [from]
  found[from] = 1
  const visit = (i: number) => {
    if (near[i] === 1 && found[i] === 0) {
      found[i] = 1
      stack.push(i)
    }
  }
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width
    if (x > 0) visit(i - 1)
    if (x < width - 1) visit(i + 1)
    if (i >= width) visit(i - width)
    if (i < width * (height - 1)) visit(i + width)
  }
  return found
}

/** The mask without holes: whatever the outside does not reach belongs to it. */
function filled(mask: Uint8Array, width: number, height: number): Uint8Array {
  const outside = new Uint8Array(mask.length)
  const stack: number[] = []
  const visit = (i: number) => {
    if (mask[i] === 0 && outside[i] === 0) {
      outside[i] = 1
      stack.push(i)
    }
  }
  for (let x = 0; x < width; x++) {
    visit(x)
    visit((height - 1) * width + x)
  }
  for (let y = 0; y < height; y++) {
    visit(y * width)
    visit(y * width + width - 1)
  }
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width
    if (x > 0) visit(i - 1)
    if (x < width - 1) visit(i + 1)
    if (i >= width) visit(i - width)
    if (i < width * (height - 1)) visit(i + width)
  }
  return outside.map((out) => 1 - out)
}

function labOf({ data, width: stride }: Pixels, left: number, top: number, width: number, height: number): Float32Array {
  const lab = new Float32Array(3 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 4 * ((top + y) * stride + left + x)
      const [l, a, b] = toLab(data[from] as number, data[from + 1] as number, data[from + 2] as number)
      lab.set([l, a, b], 3 * (y * width + x))
    }
  }
  return lab
}

const LINEAR = Float32Array.from({ length: 256 }, (_, value) => {
  const share = value / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
})

/** sRGB (IEC 61966-2-1) to CIELAB under D65. */
export function toLab(red: number, green: number, blue: number): [number, number, number] {
  const [r, g, b] = [LINEAR[red] as number, LINEAR[green] as number, LINEAR[blue] as number]
  const x = bent((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
  const y = bent(0.2126729 * r + 0.7151522 * g + 0.072175 * b)
  const z = bent((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

function bent(share: number): number {
  return share > 216 / 24389 ? Math.cbrt(share) : (24389 / 27 * share + 16) / 116
}

/** The mean of three by three, first along rows, then along columns; rims are repeated. */
function blurred(lab: Float32Array, width: number, height: number): Float32Array {
  const once = new Float32Array(lab.length)
  const twice = new Float32Array(lab.length)
  const mean = (source: Float32Array, target: Float32Array, step: 'x' | 'y') => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0
          for (let by = -BLUR_PX; by <= BLUR_PX; by++) {
            const sx = step === 'x' ? Math.min(width - 1, Math.max(0, x + by)) : x
            const sy = step === 'y' ? Math.min(height - 1, Math.max(0, y + by)) : y
            sum += source[3 * (sy * width + sx) + channel] as number
          }
          target[3 * (y * width + x) + channel] = sum / (2 * BLUR_PX + 1)
        }
      }
    }
  }
  mean(lab, once, 'x')
  mean(once, twice, 'y')
  return twice
}

function meanAround(lab: Float32Array, width: number, height: number, x: number, y: number): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0]
  let count = 0
  for (let py = Math.max(0, y - SEED_PX); py <= Math.min(height - 1, y + SEED_PX); py++) {
    for (let px = Math.max(0, x - SEED_PX); px <= Math.min(width - 1, x + SEED_PX); px++) {
      for (const channel of [0, 1, 2] as const) sum[channel] += lab[3 * (py * width + px) + channel] as number
      count += 1
    }
  }
  return [sum[0] / count, sum[1] / count, sum[2] / count]
}
