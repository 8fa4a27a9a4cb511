import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { t } from '../i18n'
import { US_LABELS } from './keys'
import { type KeyBinding, KEYS } from './keyTable'

const PAGE = '../docs/reference/keys.md'

function row(binding: KeyBinding): string {
  const label = binding.action === 'help' ? '?' : (US_LABELS[binding.code] ?? binding.code.replace(/^(Key|Digit)/, ''))
  const ctrl = binding.ctrl === true ? 'Ctrl ' : ''
  const shift = binding.shift === true && binding.action !== 'help' ? 'Shift ' : ''
  return `| \`${ctrl}${shift}${label}\` | ${t(`viewer.key.${binding.action}`)} |`
}

// With WRITE_DOCS=1 the table is written instead: for whoever adds a key.
it('the documentation has every key, and no other', () => {
  if (process.env['WRITE_DOCS'] === '1') {
    const lines = readFileSync(PAGE, 'utf8').split('\n')
    const from = lines.findIndex((line) => line.startsWith('| `'))
    const rest = lines.slice(from).filter((line) => !line.startsWith('| `'))
    writeFileSync(PAGE, [...lines.slice(0, from), ...KEYS.map(row), ...rest].join('\n'))
  }
  const rows = readFileSync(PAGE, 'utf8').split('\n').filter((line) => line.startsWith('| `'))
  expect(rows).toEqual(KEYS.map(row))
})
