import { expect, test } from 'vitest'

import { findEntries } from './metadata'

const ENTRIES = [
  ['aperio.AppMag', '20'],
  ['aperio.ScanScope ID', 'CPAPERIOCS'],
  ['tiff.Software', 'Aperio Image Library'],
] as const

test('every word must be in name or value, in any case', () => {
  expect(findEntries(ENTRIES, 'APPMAG')).toEqual([ENTRIES[0]])
  expect(findEntries(ENTRIES, 'library aperio')).toEqual([ENTRIES[2]])
  expect(findEntries(ENTRIES, 'aperio').length).toBe(3)
  expect(findEntries(ENTRIES, 'leica')).toEqual([])
  expect(findEntries(ENTRIES, '  ')).toBe(ENTRIES)
})
