/**
 * A QR code (ISO/IEC 18004) of a short text, drawn here: the secret of an authenticator goes to no one else's service.
 * Byte mode and error correction level M, up to version 20, which is more than any sign-in address needs.
 */

/** Error correction words of a block, and blocks, by version at level M. */
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]

/** Rows of modules, true where dark. */
export type Modules = readonly (readonly boolean[])[]

/** The code of a text, without the quiet zone of four modules around it. */
export function qrCode(text: string): Modules {
  const bytes = new TextEncoder().encode(text)
  const version = smallestFor(bytes.length)
  const stream = interleaved(padded(bytes, version), version)
  const drawn = Array.from({ length: 8 }, (_, mask) => draw(version, stream, mask))
  return drawn.reduce((best, one) => (penalty(one) < penalty(best) ? one : best))
}

/** The code as one SVG path in units of a module. */
export function qrPath(modules: Modules): string {
  return modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
}

function sizeOf(version: number): number {
  return 17 + 4 * version
}

/** Centres of the alignment patterns along one side. */
function alignments(version: number): number[] {
  if (version === 1) return []
  const last = sizeOf(version) - 7
  const gaps = Math.floor(version / 7) + 1
  const step = 2 * Math.ceil((last - 6) / gaps / 2)
  return [6, ...Array.from({ length: gaps }, (_, at) => last - step * (gaps - 1 - at))]
}

/** How many bytes, data and correction together, a version holds. */
function wordsOf(version: number): number {
  const marks = alignments(version).length
  const fixed = version === 1 ? 0 : 25 * (marks * marks - 3) - 10 * (marks - 2)
  const finders = 3 * 64 + 2 * 15 + 1
  const timing = 2 * (sizeOf(version) - 16)
  return Math.floor((sizeOf(version) ** 2 - finders - timing - fixed - (version >= 7 ? 36 : 0)) / 8)
}

function dataWordsOf(version: number): number {
  return wordsOf(version) - at(CORRECTION, version - 1) * at(BLOCKS, version - 1)
}

function lengthBits(version: number): number {
  return version < 10 ? 8 : 16
}

function smallestFor(length: number): number {
  for (let version = 1; version <= BLOCKS.length; version++)
    if (8 * dataWordsOf(version) >= 4 + lengthBits(version) + 8 * length) return version
  throw new RangeError('the text is too long for a QR code')
}

/** Mode, length, text, end and padding. */
function padded(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = []
  const put = (value: number, width: number): void => {
    for (let bit = width - 1; bit >= 0; bit--) bits.push((value >> bit) & 1)
  }
  put(0b0100, 4)
  put(bytes.length, lengthBits(version))
  for (const byte of bytes) put(byte, 8)
  const room = 8 * dataWordsOf(version)
  put(0, Math.min(4, room - bits.length))
  while (bits.length % 8 !== 0) bits.push(0)
  for (let turn = 0; bits.length < room; turn++) put(turn % 2 === 0 ? 0xec : 0x11, 8)
  return Array.from({ length: room / 8 }, (_, word) =>
    bits.slice(8 * word, 8 * word + 8).reduce((value, bit) => 2 * value + bit, 0),
  )
}

/** Data words in blocks, each with its correction, taken from the blocks in turn. */
function interleaved(data: readonly number[], version: number): number[] {
  const count = at(BLOCKS, version - 1)
  const long = data.length % count
  const short = Math.floor(data.length / count)
  const blocks: number[][] = []
  for (let from = 0; blocks.length < count; ) {
    const to = from + short + (blocks.length >= count - long ? 1 : 0)
    blocks.push(data.slice(from, to))
    from = to
  }
  const checks = blocks.map((block) => correction(block, at(CORRECTION, version - 1)))
  return [...inTurn(blocks), ...inTurn(checks)]
}

function inTurn(blocks: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...blocks.map((block) => block.length))
  return Array.from({ length: longest }, (_, word) => blocks.map((block) => block[word]))
    .flat()
    .filter((word) => word !== undefined)
}

/** The remainder of Reed and Solomon over GF(256), modulus 0x11d. */
export function correction(data: readonly number[], count: number): number[] {
  let generator = [1]
  for (let power = 0, root = 1; power < count; power++, root = times(root, 2)) {
    const next = [...generator, 0]
    for (const [place, factor] of generator.entries()) next[place + 1] = at(next, place + 1) ^ times(factor, root)
    generator = next
  }
  const rest = [...data, ...Array.from({ length: count }, () => 0)]
  for (let place = 0; place < data.length; place++) {
    const lead = at(rest, place)
    for (const [step, factor] of generator.entries()) rest[place + step] = at(rest, place + step) ^ times(factor, lead)
  }
  return rest.slice(data.length)
}

function times(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product >> 7 ? 0x11d : 0)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

/** Append the remainder of a BCH code of `width` bits. */
function checked(value: number, width: number, generator: number): number {
  let rest = value
  for (let bit = 0; bit < width; bit++) rest = (rest << 1) ^ (rest >> (width - 1) ? generator : 0)
  return (value << width) | rest
}

/** The fifteen bits that name level M and the mask. */
export function formatBits(mask: number): number {
  return checked(mask, 10, 0x537) ^ 0x5412
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

function draw(version: number, stream: readonly number[], mask: number): boolean[][] {
  const size = sizeOf(version)
  const board: (boolean | undefined)[][] = Array.from({ length: size }, () => Array.from({ length: size }, () => undefined))
  const set = (x: number, y: number, dark: boolean): void => {
    const row = board[y]
    if (row !== undefined && x >= 0 && x < size) row[x] = dark
  }
  fixed(version, mask, set)
  let bit = 0
  // Two columns at a time, from the right, up and down in turn; the column of the timing pattern is left out.
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if (board[y]?.[x] !== undefined) continue
        const dark = (((stream[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1
        bit++
        set(x, y, dark !== (MASKS[mask]?.(x, y) ?? false))
      }
    }
  }
  return board.map((row) => row.map((dark) => dark === true))
}

/** Everything that is not data: finders, timing, alignment, format and version. */
function fixed(version: number, mask: number, set: (x: number, y: number, dark: boolean) => void): void {
  const size = sizeOf(version)
  for (let along = 0; along < size; along++) {
    set(along, 6, along % 2 === 0)
    set(6, along, along % 2 === 0)
  }
  const centres = alignments(version)
  const end = centres.at(-1)
  for (const x of centres)
    for (const y of centres) {
      const atFinder = (x === 6 && (y === 6 || y === end)) || (x === end && y === 6)
      if (!atFinder) rings(x, y, 2, (ring) => ring !== 1, set)
    }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const)
    rings(x, y, 4, (ring) => ring !== 2 && ring !== 4, set)
  const format = formatBits(mask)
  for (let bit = 0; bit < 15; bit++) {
    const dark = ((format >> bit) & 1) === 1
    // Once around the upper left finder, once shared by the two others.
    if (bit < 8) set(8, bit < 6 ? bit : bit + 1, dark)
    else set(bit === 8 ? 7 : 14 - bit, 8, dark)
    if (bit < 8) set(size - 1 - bit, 8, dark)
    else set(8, size - 15 + bit, dark)
  }
  set(8, size - 8, true)
  if (version < 7) return
  const named = checked(version, 12, 0x1f25)
  for (let bit = 0; bit < 18; bit++) {
    const [near, far] = [Math.floor(bit / 3), size - 11 + (bit % 3)]
    const dark = ((named >> bit) & 1) === 1
    set(near, far, dark)
    set(far, near, dark)
  }
}

function rings(
  x: number,
  y: number,
  reach: number,
  dark: (ring: number) => boolean,
  set: (x: number, y: number, dark: boolean) => void,
): void {
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      if (y + dy >= 0) set(x + dx, y + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))))
    }
}

/** How hard a mask makes it to read: runs, squares, patterns like a finder, an uneven balance. */
function penalty(modules: Modules): number {
  const size = modules.length
  const columns = modules.map((_, x) => modules.map((row) => row[x] === true))
  let score = 0
  for (const line of [...modules, ...columns]) {
    const text = line.map(Number).join('')
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) score += run.length - 2
    for (let from = 0; from + 11 <= size; from++)
      if (/^(00001011101|10111010000)$/.test(text.slice(from, from + 11))) score += 40
  }
  for (let y = 1; y < size; y++)
    for (let x = 1; x < size; x++) {
      const here = modules[y]?.[x]
      if (modules[y - 1]?.[x] === here && modules[y]?.[x - 1] === here && modules[y - 1]?.[x - 1] === here) score += 3
    }
  const dark = modules.flat().filter(Boolean).length / (size * size)
  return score + 10 * Math.floor(Math.abs(dark - 0.5) * 20)
}

function at(list: readonly number[], index: number): number {
  return list[index] ?? 0
}
