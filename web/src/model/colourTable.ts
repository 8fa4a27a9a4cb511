/**
 * A colour table: n x n x n output colours for evenly spaced RGB inputs, red fastest. Colours between its
 * nodes are interpolated over tetrahedra, which keeps greys grey.
 */
export interface ColourTable {
  size: number
  /** n * n * n * 3 bytes; node (r, g, b) lies at ((b * n + g) * n + r) * 3. */
  values: Uint8Array
}

/** For each input byte: the byte offset of its lower node along one axis, and the weight of the upper. */
interface Axis {
  node: Int32Array
  weight: Float32Array
}

function axis(size: number, stride: number): Axis {
  const node = new Int32Array(256)
  const weight = new Float32Array(256)
  for (let value = 0; value < 256; value++) {
    const at = (value * (size - 1)) / 255
    const lower = Math.min(Math.floor(at), size - 2)
    node[value] = lower * stride
    weight[value] = at - lower
  }
  return { node, weight }
}

/** Apply the table to RGBA pixels in place; alpha stays. */
export function applyTable(table: ColourTable, pixels: Uint8ClampedArray): void {
  const { size, values } = table
  const stepR = 3
  const stepG = size * 3
  const stepB = size * size * 3
  const red = axis(size, stepR)
  const green = axis(size, stepG)
  const blue = axis(size, stepB)
  const far = stepR + stepG + stepB
  let lastColour = -1
  let outR = 0
  let outG = 0
  let outB = 0
  for (let i = 0; i < pixels.length; i += 4) {
    const r = pixels[i] as number
    const g = pixels[i + 1] as number
    const b = pixels[i + 2] as number
    const colour = (r << 16) | (g << 8) | b
    // Background and flat areas repeat one colour: worth one comparison.
    if (colour !== lastColour) {
      lastColour = colour
      const base = (red.node[r] as number) + (green.node[g] as number) + (blue.node[b] as number)
      const fr = red.weight[r] as number
      const fg = green.weight[g] as number
      const fb = blue.weight[b] as number
      // The tetrahedron is chosen by the order of the fractions: walk the largest first.
      let first: number
      let second: number
      let high: number
      let middle: number
      let low: number
      if (fr >= fg) {
        if (fg >= fb) [first, second, high, middle, low] = [stepR, stepR + stepG, fr, fg, fb]
        else if (fr >= fb) [first, second, high, middle, low] = [stepR, stepR + stepB, fr, fb, fg]
        else [first, second, high, middle, low] = [stepB, stepB + stepR, fb, fr, fg]
      } else if (fr >= fb) [first, second, high, middle, low] = [stepG, stepG + stepR, fg, fr, fb]
      else if (fg >= fb) [first, second, high, middle, low] = [stepG, stepG + stepB, fg, fb, fr]
      else [first, second, high, middle, low] = [stepB, stepB + stepG, fb, fg, fr]
      const w0 = 1 - high
      const w1 = high - middle
      const w2 = middle - low
      const a = base + first
      const c = base + second
      const d = base + far
      outR = at(values, base) * w0 + at(values, a) * w1 + at(values, c) * w2 + at(values, d) * low
      outG = at(values, base + 1) * w0 + at(values, a + 1) * w1 + at(values, c + 1) * w2 + at(values, d + 1) * low
      outB = at(values, base + 2) * w0 + at(values, a + 2) * w1 + at(values, c + 2) * w2 + at(values, d + 2) * low
    }
    pixels[i] = outR
    pixels[i + 1] = outG
    pixels[i + 2] = outB
  }
}

function at(values: Uint8Array, index: number): number {
  return values[index] as number
}
