import { expect, test } from 'vitest'

import type { AnnotationClass } from '../../model/annotations/types'
import { freeHotkey, freshColour, PALETTE, parentsFor, rowsOf, withClass, withoutClass } from './classTree'

function made(class_id: string, more: Partial<AnnotationClass> = {}): AnnotationClass {
  return { class_id, parent_id: null, name: class_id, colour: PALETTE[0], hotkey: null, description: '', code: null, form: null, ...more }
}

const TREE = [made('tumour', { hotkey: 1 }), made('stroma'), made('necrosis', { parent_id: 'tumour' }), made('in situ', { parent_id: 'necrosis' })]

test('children stand below their parents', () => {
  expect(rowsOf(TREE).map(({ one, depth }) => `${depth} ${one.class_id}`)).toEqual(['0 tumour', '1 necrosis', '2 in situ', '0 stroma'])
})

test('a circle, a stranger as parent and oneself as parent lose nobody', () => {
  const odd = [made('a', { parent_id: 'b' }), made('b', { parent_id: 'a' }), made('c', { parent_id: 'c' }), made('d', { parent_id: 'gone' })]
  expect(rowsOf(odd).map(({ one }) => one.class_id).sort()).toEqual(['a', 'b', 'c', 'd'])
})

test('a class hangs neither on itself nor on what hangs on it', () => {
  expect(parentsFor(TREE, 'tumour').map((one) => one.class_id)).toEqual(['stroma'])
  expect(parentsFor(TREE, 'in situ').map((one) => one.class_id)).toEqual(['tumour', 'stroma', 'necrosis'])
})

test('a key goes to the class that takes it', () => {
  const changed = withClass(TREE, made('stroma', { hotkey: 1 }))
  expect(changed.map((one) => one.hotkey)).toEqual([null, 1, null, null])
  expect(withClass(TREE, made('new')).length).toBe(5)
  expect(freeHotkey(TREE)).toBe(2)
})

test('what hung on a class that goes hangs one up', () => {
  expect(withoutClass(TREE, 'necrosis').find((one) => one.class_id === 'in situ')?.parent_id).toBe('tumour')
  expect(withoutClass(TREE, 'tumour').find((one) => one.class_id === 'necrosis')?.parent_id).toBeNull()
})

test('a new class takes a colour that is not in use', () => {
  expect(freshColour(TREE)).toBe(PALETTE[1])
  expect(freshColour(PALETTE.map((colour, i) => made(String(i), { colour })))).toBe(PALETTE[0])
})
