import { expect, test } from 'vitest'

import { StainKinds } from './stainKinds'

test('stains are known by what slides say of them, and what is known already tells nobody', () => {
  const all = new StainKinds()
  let told = 0
  all.state.subscribe(() => (told += 1))
  all.learn([
    { stain: 'HER2', stain_kind: 'ihc' },
    { stain: null, stain_kind: null },
    { stain: 'odd', stain_kind: null },
  ])
  all.learn([{ stain: 'HER2', stain_kind: 'ihc' }])
  expect(all.state.get().kinds).toEqual({ HER2: 'ihc' })
  expect(told).toBe(1)
  all.learn([{ stain: 'HER2', stain_kind: 'if' }])
  expect(all.state.get().kinds).toEqual({ HER2: 'if' })
})
