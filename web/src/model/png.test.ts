import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { crc32, dotsPerMetre, withResolution } from './png'

const ONE_PIXEL = Uint8Array.from(
  Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'),
)

function chunks(png: Uint8Array): { name: string; data: Uint8Array; good: boolean }[] {
  const view = new DataView(png.buffer, png.byteOffset)
  const found = []
  for (let at = 8; at < png.length; ) {
    const length = view.getUint32(at)
    const body = png.subarray(at + 4, at + 8 + length)
    const name = String.fromCharCode(...body.subarray(0, 4))
    found.push({ name, data: body.subarray(4), good: view.getUint32(at + 8 + length) === crc32(body) })
    at += 12 + length
  }
  return found
}

it('the known check value of CRC-32', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
})

it('300 dpi are 11811 dots a metre', () => {
  expect(dotsPerMetre(300)).toBe(11811)
  expect(dotsPerMetre(96)).toBe(3780)
})

it('the resolution stands before the pixels, in a sound chunk', () => {
  const found = chunks(withResolution(ONE_PIXEL, 300))
  expect(found.map((chunk) => chunk.name)).toEqual(['IHDR', 'pHYs', 'IDAT', 'IEND'])
  expect(found.every((chunk) => chunk.good)).toBe(true)
  expect([...(found[1]?.data ?? [])]).toEqual([0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1])
  expect(inflateSync(found[2]?.data ?? new Uint8Array())).toHaveLength(5)
})

it('saying it twice changes nothing', () => {
  const once = withResolution(ONE_PIXEL, 300)
  expect(withResolution(once, 96)).toEqual(once)
})
