import { sha256OfText } from './sha256'

/** A file that somebody chose or dropped, with its path inside what was dropped. */
export interface Chosen {
  readonly path: string
  readonly file: File
}

/** Files that are one slide and arrive together. */
export interface SlideGroup {
  /** Equal whenever the same files are chosen again: an unfinished upload is found by it. */
  readonly key: string
  readonly name: string
  readonly files: readonly Chosen[]
  readonly size: number
}

export interface Sorted {
  readonly groups: readonly SlideGroup[]
  /** Files that are no slides and belong to none. */
  readonly skipped: readonly string[]
}

const NEVER = new Set(
  ('xml json geojson annotations csv tsv txt log ini md rtf pdf doc docx xls xlsx ppt pptx html htm url lnk db sqlite ' +
    'md5 sha1 sha256 part partial tmp crdownload py sh bat exe dll eml msg mp4 avi mov').split(' '),
)

/** Find out which files are one slide: an MRXS or VSI with its folder, a DICOM series, an OME-Zarr, else each alone. */
export function groupFiles(chosen: readonly Chosen[]): Sorted {
  const left = new Map(chosen.map((one) => [one.path, one]))
  const groups: SlideGroup[] = []
  const take = (name: string, top: string, files: readonly Chosen[]): void => {
    for (const one of files) left.delete(one.path)
    const inside = files.map((one) => ({ path: top === '' ? one.path : one.path.slice(top.length + 1), file: one.file }))
    groups.push(groupOf(name, inside))
  }
  const below = (folder: string): Chosen[] => [...left.values()].filter((one) => one.path.startsWith(`${folder}/`))

  for (const folder of zarrFolders(left.keys())) take(baseOf(folder), folderOf(folder), below(folder))
  for (const one of chosen) {
    const companion = companionOf(one.path)
    if (companion === null || !left.has(one.path)) continue
    take(baseOf(one.path), folderOf(one.path), [one, ...below(companion)])
  }
  for (const [folder, files] of dicomFolders(left.values())) {
    if (files.length < 2) continue
    // Loose files need a folder of their own: the slide gets its name.
    const named = folder === '' ? files.map(({ path, file }) => ({ path: `DICOM/${path}`, file })) : files
    for (const one of files) left.delete(one.path)
    take(folder === '' ? 'DICOM' : baseOf(folder), folder === '' ? '' : folderOf(folder), named)
  }
  const skipped: string[] = []
  for (const one of left.values()) {
    if (isNoSlide(one)) skipped.push(one.path)
    else groups.push(groupOf(baseOf(one.path), [{ path: baseOf(one.path), file: one.file }]))
  }
  return { groups, skipped }
}

function groupOf(name: string, files: readonly Chosen[]): SlideGroup {
  const facts = files.map(({ path, file }) => `${path}|${file.size}|${file.lastModified}`).sort()
  return { key: sha256OfText(facts.join('\n')), name, files, size: files.reduce((sum, one) => sum + one.file.size, 0) }
}

function zarrFolders(paths: Iterable<string>): Set<string> {
  const found = new Set<string>()
  for (const path of paths) {
    const at = path.search(/\.zarr\//i)
    if (at >= 0) found.add(path.slice(0, at + '.zarr'.length))
  }
  return found
}

function companionOf(path: string): string | null {
  const stem = baseOf(path).replace(/\.[^.]*$/, '')
  const folder = folderOf(path)
  const inFolder = (name: string): string => (folder === '' ? name : `${folder}/${name}`)
  if (/\.mrxs$/i.test(path)) return inFolder(stem)
  return /\.vsi$/i.test(path) ? inFolder(`_${stem}_`) : null
}

function dicomFolders(files: Iterable<Chosen>): Map<string, Chosen[]> {
  const found = new Map<string, Chosen[]>()
  for (const one of files) {
    if (!/\.dcm$/i.test(one.path)) continue
    const folder = folderOf(one.path)
    found.set(folder, [...(found.get(folder) ?? []), one])
  }
  return found
}

function isNoSlide({ path, file }: Chosen): boolean {
  const name = baseOf(path).toLowerCase()
  return name.startsWith('.') || name === 'thumbs.db' || file.size === 0 || NEVER.has(name.split('.').at(-1) ?? '')
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
