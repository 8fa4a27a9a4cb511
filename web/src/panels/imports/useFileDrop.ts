import { useEffect, useState } from 'react'

import { droppedFiles } from '../../model/upload/entries'
import type { Chosen } from '../../model/upload/groups'

/** Take files that are dropped anywhere on the page; true while some hang over it. */
export function useFileDrop(onFiles: (files: readonly Chosen[]) => void): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const withFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false
    const hover = (event: DragEvent): void => {
      if (!withFiles(event)) return
      event.preventDefault()
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy'
      setOver(true)
    }
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent): void => {
      setOver(false)
      if (!withFiles(event) || event.dataTransfer === null) return
      event.preventDefault()
      void droppedFiles(event.dataTransfer).then(onFiles)
    }
    window.addEventListener('dragenter', hover)
    window.addEventListener('dragover', hover)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragenter', hover)
      window.removeEventListener('dragover', hover)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [onFiles])
  return over
}
