import type { Chosen } from './groups'

/** Read what was dropped, folders and all; must be called while the drop is being handled. */
export function droppedFiles(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = [...transfer.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null))
  const found = entries.filter((entry) => entry !== null)
  // A browser that hands over no entries still hands over files.
  if (found.length === 0) return Promise.resolve(chosenFiles(transfer.files))
  return Promise.all(found.map(read)).then((lists) => lists.flat())
}

/** The files of a file input, with their paths where a folder was chosen. */
export function chosenFiles(files: Iterable<File>): Chosen[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
}

async function read(entry: FileSystemEntry): Promise<Chosen[]> {
  const path = entry.fullPath.replace(/^\//, '')
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ path, file }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: Chosen[] = []
  for (;;) {
    // A reader gives a hundred at a time and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return found
    for (const inner of some) found.push(...(await read(inner)))
  }
}
