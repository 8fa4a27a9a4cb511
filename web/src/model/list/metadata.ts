export type Entry = readonly [name: string, value: string]

/** The entries whose name or value contains every word, in any case and order. */
export function findEntries(entries: readonly Entry[], text: string): readonly Entry[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return entries
  return entries.filter(([name, value]) => {
    const line = `${name} ${value}`.toLocaleLowerCase()
    return words.every((word) => line.includes(word))
  })
}
