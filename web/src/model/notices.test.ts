import { expect, test } from 'vitest'

import { Notices } from './notices'

function notices(): Notices {
  return new Notices({ undone: (text) => `Undone: ${text}`, nothing: 'Nothing to undo' })
}

test('steps are taken back in reverse order, and what was taken back is said', async () => {
  const all = notices()
  const done: string[] = []
  all.did({ text: 'one', undo: () => Promise.resolve(void done.push('one')) })
  all.did({ text: 'two', undo: () => Promise.resolve(void done.push('two')) }, true)
  expect(all.state.get().depth).toBe(2)
  await all.undo()
  expect(all.state.get().notice?.text).toBe('Undone: two')
  await all.undo()
  expect(done).toEqual(['two', 'one'])
  await all.undo()
  expect(all.state.get().notice?.text).toBe('Nothing to undo')
})

test('a step that fails can be tried again', async () => {
  const all = notices()
  let broken = true
  all.did({ text: 'trash', undo: () => (broken ? Promise.reject(new Error('gone')) : Promise.resolve()) })
  await all.undo()
  expect(all.state.get()).toMatchObject({ depth: 1, busy: false, notice: { text: 'trash', error: new Error('gone') } })
  broken = false
  await all.undo()
  expect(all.state.get().depth).toBe(0)
})

test('two undos at once take back one step', async () => {
  const all = notices()
  let calls = 0
  const undo = async () => {
    calls += 1
    await Promise.resolve()
  }
  all.did({ text: 'a', undo })
  all.did({ text: 'b', undo })
  await Promise.all([all.undo(), all.undo()])
  expect(calls).toBe(1)
  expect(all.state.get().depth).toBe(1)
})

test('a quiet step offers no button but can be taken back', () => {
  const all = notices()
  all.did({ text: 'stain', undo: () => Promise.resolve() }, true)
  expect(all.state.get()).toMatchObject({ notice: null, depth: 1 })
})
