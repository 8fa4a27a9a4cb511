import { expect, test } from 'vitest'

import { correction, formatBits, qrCode, qrPath } from './qr'

test('the correction is that of the example in the standard', () => {
  const data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11]
  expect(correction(data, 10)).toEqual([0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55])
})

test('the format says level M and the mask as the standard writes it', () => {
  expect(formatBits(5).toString(2)).toBe('100000011001110')
  expect(formatBits(0).toString(2)).toBe('101010000010010')
})

test('the code grows with the text and has its three corners', () => {
  expect(qrCode('x'.repeat(14))).toHaveLength(21)
  expect(qrCode('x'.repeat(15))).toHaveLength(25)
  expect(qrCode('x'.repeat(213))).toHaveLength(57)
  expect(() => qrCode('x'.repeat(700))).toThrow(RangeError)
  const code = qrCode('otpauth://totp/Coverslip:ada?secret=JBSWY3DPEHPK3PXP&issuer=Coverslip')
  const size = code.length
  for (const [x, y] of [[0, 0], [size - 7, 0], [0, size - 7]] as const) {
    const corner = code.slice(y, y + 7).map((row) => row.slice(x, x + 7).map(Number).join(''))
    expect(corner).toEqual(['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111'])
  }
})

test('the path draws each dark module once', () => {
  const code = qrCode('a')
  expect(qrPath(code).match(/M/g)).toHaveLength(code.flat().filter(Boolean).length)
})
