import { locale } from './locale'

/** A message: one text, or one per plural form, chosen by the parameter `count`. Holes are `{name}`. */
export type Message = string | { readonly one: string; readonly other: string }
export type Catalogue = Readonly<Record<string, Message>>

type Holes<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Holes<Rest> : never
type TextsOf<M> = M extends { readonly one: infer One; readonly other: infer Other } ? One | Other : M
type NameOf<M> = Holes<TextsOf<M>> | (M extends string ? never : 'count')
/** What a message needs to be filled in; numbers are formatted for the reader. */
export type Values<M> = Readonly<Record<NameOf<M>, string | number>>

export type Translate<C extends Catalogue> = <K extends keyof C & string>(
  key: K,
  ...values: [NameOf<C[K]>] extends [never] ? [] : [Values<C[K]>]
) => string

/** Make the function that says a message of a catalogue in words. */
export function translator<const C extends Catalogue>(catalogue: C): Translate<C> {
  const plural = new Intl.PluralRules(locale)
  const number = new Intl.NumberFormat(locale)
  return (key, ...rest) => {
    const message: Message = catalogue[key] ?? key
    const values: Readonly<Record<string, string | number>> = rest[0] ?? {}
    const text = typeof message === 'string' ? message : pick(message, Number(values['count']), plural)
    return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
      const value = values[name]
      return value === undefined ? hole : typeof value === 'number' ? number.format(value) : value
    })
  }
}

function pick(message: { one: string; other: string }, count: number, plural: Intl.PluralRules): string {
  return plural.select(count) === 'one' ? message.one : message.other
}
