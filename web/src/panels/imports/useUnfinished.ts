import { useCallback, useEffect, useMemo, useState } from 'react'

import { type UnfinishedUpload, deleteUpload, listUploads } from '../../api/uploads'
import type { UploadItem } from '../../model/upload/queue'

/** An upload that was begun before this page was loaded; its file has to be chosen again. */
export interface Unfinished {
  readonly group: string
  readonly name: string
  readonly sent: number
  readonly size: number
  readonly project_id: string | null
  readonly case: string | null
  readonly uploads: readonly string[]
}

interface Found {
  /** By the key of their files: choosing these again goes on. */
  known: ReadonlyMap<string, Unfinished>
  shown: readonly Unfinished[]
  forget: (one: Unfinished) => void
}

/** What the server holds of uploads that are not finished, without those that run here. */
export function useUnfinished(items: readonly UploadItem[]): Found {
  const [found, setFound] = useState<readonly UnfinishedUpload[]>([])
  useEffect(() => {
    const stop = new AbortController()
    listUploads(stop.signal).then(setFound, () => undefined)
    return () => stop.abort()
  }, [])
  const known = useMemo(() => byGroup(found), [found])
  const forget = useCallback((one: Unfinished) => {
    setFound((before) => before.filter(({ upload_id }) => !one.uploads.includes(upload_id)))
    for (const uploadId of one.uploads) deleteUpload(uploadId).catch(() => undefined)
  }, [])
  const shown = [...known.values()].filter((one) => !items.some((item) => item.key === one.group))
  return { known, shown, forget }
}

function byGroup(found: readonly UnfinishedUpload[]): Map<string, Unfinished> {
  const groups = new Map<string, Unfinished>()
  for (const one of found) {
    if (one.group === null) continue
    const before = groups.get(one.group)
    groups.set(one.group, {
      group: one.group,
      name: before?.name ?? one.path.split('/')[0] ?? one.path,
      sent: (before?.sent ?? 0) + one.offset,
      size: (before?.size ?? 0) + one.size_bytes,
      project_id: one.project_id,
      case: one.case,
      uploads: [...(before?.uploads ?? []), one.upload_id],
    })
  }
  return groups
}
