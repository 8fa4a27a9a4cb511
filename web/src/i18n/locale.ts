/** The language of the catalogue; words exist in English so far, so `Intl` speaks English too. */
const CATALOGUE = 'en'

/**
 * The locale for numbers and dates: the reader's own kind of English (24-hour clock or not, day or month
 * first) when the browser asks for English, else the catalogue's, so that words and dates never mix languages.
 */
export function readerLocale(wanted: readonly string[]): string {
  return wanted.find((tag) => tag.toLowerCase().split('-')[0] === CATALOGUE) ?? CATALOGUE
}

export const locale = readerLocale(typeof navigator === 'undefined' ? [] : navigator.languages)
