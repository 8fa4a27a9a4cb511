import { expect, test } from 'vitest'

/** What two rules may share by chance; a look of its own has more to say. */
const BY_CHANCE = 5

const sheets = import.meta.glob<string>('../**/*.css', { query: '?raw', import: 'default', eager: true })

test('the look of a thing stands in one stylesheet', () => {
  const places = new Map<string, Set<string>>()
  for (const [file, text] of Object.entries(sheets)) {
    for (const [, selector = '', body = ''] of text.replace(/\/\*.*?\*\//gs, '').matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
      const said = body.split(';').map((one) => one.trim()).filter((one) => one !== '')
      if (said.length <= BY_CHANCE) continue
      const look = said.sort().join('; ')
      places.set(look, (places.get(look) ?? new Set()).add(`${file} ${selector.trim()}`))
    }
  }
  expect(places.size).toBeGreaterThan(50)
  const repeated = [...places.values()].map((where) => [...where]).filter((where) => new Set(where.map(fileOf)).size > 1)
  expect(repeated).toEqual([])
})

function fileOf(place: string): string {
  return place.split(' ', 1)[0] ?? ''
}
