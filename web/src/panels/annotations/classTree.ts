/** The class list as a tree: its order on the screen, and what may be changed in it. */
import type { AnnotationClass } from '../../model/annotations/types'

/**
 * Colours that people of every colour vision tell apart: the set of M. Okabe and K. Ito ("Color Universal Design",
 * 2008) without its reddish purple and black, which vanish on H&E, and two light ones that stand out on both H&E and DAB.
 */
export const PALETTE = ['#0072b2', '#e69f00', '#009e73', '#56b4e9', '#f0e442', '#d55e00', '#00e5d0', '#ffffff'] as const

/** The name of SNOMED CT as a code system in FHIR. */
export const SNOMED = 'http://snomed.info/sct'

/** A code as people read it. */
export function codeText({ system, value }: { system: string; value: string }): string {
  return `${system === SNOMED ? 'SNOMED CT' : system} ${value}`
}

export interface ClassRow {
  one: AnnotationClass
  depth: number
}

/** Every class once, children below their parent; what hangs on nothing stands at the top. */
export function rowsOf(classes: readonly AnnotationClass[]): readonly ClassRow[] {
  const known = new Set(classes.map((one) => one.class_id))
  const below = new Map<string | null, AnnotationClass[]>()
  for (const one of classes) {
    const parent = one.parent_id !== null && known.has(one.parent_id) && one.parent_id !== one.class_id ? one.parent_id : null
    below.set(parent, [...(below.get(parent) ?? []), one])
  }
  const rows: ClassRow[] = []
  const seen = new Set<string>()
  const walk = (parent: string | null, depth: number): void => {
    for (const one of below.get(parent) ?? []) {
      if (seen.has(one.class_id)) continue
      seen.add(one.class_id)
      rows.push({ one, depth })
      walk(one.class_id, depth + 1)
    }
  }
  walk(null, 0)
  // A circle hangs on nothing: its classes stay reachable all the same.
  for (const one of classes) if (!seen.has(one.class_id)) rows.push({ one, depth: 0 })
  return rows
}

/** What a class may hang on: anything but itself and what hangs on it. */
export function parentsFor(classes: readonly AnnotationClass[], classId: string): readonly AnnotationClass[] {
  const parentOf = new Map(classes.map((one) => [one.class_id, one.parent_id]))
  return classes.filter((candidate) => {
    let at: string | null | undefined = candidate.class_id
    for (let i = 0; at !== null && at !== undefined && i <= classes.length; i++) {
      if (at === classId) return false
      at = parentOf.get(at)
    }
    return true
  })
}

/** The list with one class put in its place or added; a key it takes is taken from the one that had it. */
export function withClass(classes: readonly AnnotationClass[], changed: AnnotationClass): readonly AnnotationClass[] {
  const freed = classes.map((one) =>
    one.class_id !== changed.class_id && one.hotkey !== null && one.hotkey === changed.hotkey ? { ...one, hotkey: null } : one,
  )
  return freed.some((one) => one.class_id === changed.class_id)
    ? freed.map((one) => (one.class_id === changed.class_id ? changed : one))
    : [...freed, changed]
}

/** The list without a class; what hung on it goes one up. */
export function withoutClass(classes: readonly AnnotationClass[], classId: string): readonly AnnotationClass[] {
  const gone = classes.find((one) => one.class_id === classId)
  return classes
    .filter((one) => one.class_id !== classId)
    .map((one) => (one.parent_id === classId ? { ...one, parent_id: gone?.parent_id ?? null } : one))
}

/** The first colour of the palette that is least used. */
export function freshColour(classes: readonly AnnotationClass[]): string {
  const uses = PALETTE.map((colour) => classes.filter((one) => one.colour.toLowerCase() === colour).length)
  return PALETTE[uses.indexOf(Math.min(...uses))] ?? PALETTE[0]
}

/** The lowest key from 1 to 9 that no class has; null when all are taken. */
export function freeHotkey(classes: readonly AnnotationClass[]): number | null {
  const taken = new Set(classes.map((one) => one.hotkey))
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].find((key) => !taken.has(key)) ?? null
}
