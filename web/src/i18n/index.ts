import { en } from './en'
import { translator } from './translate'

export type { Key } from './en'
export * from './format'
export { locale } from './locale'

/** Say the message `key`; its holes are filled from the second argument, checked by type. */
export const t = translator(en)
