/** SHA-256 (FIPS 180-4) in pieces: the browser's own digest wants all bytes at once, and a slide has gigabytes. */
const K = /* @__PURE__ */ constants()

/** Hash a stream of bytes; `digest` ends it. */
export class Sha256 {
  private readonly state = Int32Array.of(
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  )
  private readonly words = new Int32Array(64)
  private readonly block = new Uint8Array(64)
  private kept = 0
  private length = 0

  /** Hash more bytes. */
  add(data: Uint8Array): this {
    this.length += data.length
    let at = 0
    if (this.kept > 0) {
      at = Math.min(64 - this.kept, data.length)
      this.block.set(data.subarray(0, at), this.kept)
      this.kept += at
      if (this.kept < 64) return this
      this.mix(this.block, 0)
      this.kept = 0
    }
    for (; at + 64 <= data.length; at += 64) this.mix(data, at)
    this.block.set(data.subarray(at))
    this.kept = data.length - at
    return this
  }

  /** The hash in hexadecimal digits. */
  digest(): string {
    const bits = this.length * 8
    const end = new Uint8Array(this.kept < 56 ? 64 - this.kept : 128 - this.kept)
    end[0] = 0x80
    const view = new DataView(end.buffer)
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(end.length - 4, bits >>> 0)
    this.add(end)
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private mix(data: Uint8Array, at: number): void {
    const w = this.words
    for (let t = 0; t < 16; t += 1, at += 4) {
      w[t] = ((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)
    }
    for (let t = 16; t < 64; t += 1) {
      const x = w[t - 15] ?? 0
      const y = w[t - 2] ?? 0
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[t] = ((w[t - 16] ?? 0) + s0 + (w[t - 7] ?? 0) + s1) | 0
    }
    const s = this.state
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = s
    for (let t = 0; t < 64; t += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[t] ?? 0) + (w[t] ?? 0)) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    const mixed = [a, b, c, d, e, f, g, h]
    for (let t = 0; t < 8; t += 1) s[t] = ((s[t] ?? 0) + (mixed[t] ?? 0)) | 0
  }
}

/** The SHA-256 of a text's UTF-8 bytes. */
export function sha256OfText(text: string): string {
  return new Sha256().add(new TextEncoder().encode(text)).digest()
}

/** The first 32 bits of the fractions of the cube roots of the first 64 primes. */
function constants(): Int32Array {
  const found: number[] = []
  for (let n = 2; found.length < 64; n += 1) {
    if (isPrime(n)) found.push(cubeRootFraction(n))
  }
  return Int32Array.from(found)
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false
  return true
}

/** Exact in whole numbers: floor(cbrt(n) * 2^32) without its whole part. */
function cubeRootFraction(n: number): number {
  const wanted = BigInt(n) << 96n
  let low = 0n
  let high = 1n << 36n
  while (low + 1n < high) {
    const middle = (low + high) >> 1n
    if (middle * middle * middle <= wanted) low = middle
    else high = middle
  }
  return Number(low & 0xffffffffn) | 0
}
