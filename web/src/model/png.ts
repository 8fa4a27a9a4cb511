/** What a browser does not write into a PNG: how large its pixels are meant to be (PNG specification, 11.3.4.3). */

const SIGNATURE_AND_HEADER = 33
const METRE = 1

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value >>> 0
})

/** CRC-32 as PNG and zip use it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (table[(crc ^ byte) & 255] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** Dots per inch as whole dots per metre. */
export function dotsPerMetre(dpi: number): number {
  return Math.round(dpi / 0.0254)
}

/** A copy of a PNG that says its resolution; one that says it already is left alone. */
export function withResolution(png: Uint8Array, dpi: number): Uint8Array<ArrayBuffer> {
  if (nameAt(png, SIGNATURE_AND_HEADER + 4) === 'pHYs') return new Uint8Array(png)
  const chunk = new Uint8Array(21)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, 9)
  chunk.set([0x70, 0x48, 0x59, 0x73], 4)
  view.setUint32(8, dotsPerMetre(dpi))
  view.setUint32(12, dotsPerMetre(dpi))
  chunk[16] = METRE
  view.setUint32(17, crc32(chunk.subarray(4, 17)))
  const out = new Uint8Array(png.length + chunk.length)
  out.set(png.subarray(0, SIGNATURE_AND_HEADER))
  out.set(chunk, SIGNATURE_AND_HEADER)
  out.set(png.subarray(SIGNATURE_AND_HEADER), SIGNATURE_AND_HEADER + chunk.length)
  return out
}

function nameAt(png: Uint8Array, at: number): string {
  return String.fromCharCode(...png.subarray(at, at + 4))
}
