import { lazy, Suspense } from 'react'

import { PrintPage } from './PrintPage'
import { useFrame } from './useFrame'

const PicturesDialog = lazy(() => import('./PicturesDialog').then((module) => ({ default: module.PicturesDialog })))

interface Props {
  shown: boolean
  onClose: () => void
  say: (text: string) => void
}

/** Pictures that leave the viewer: saved, copied, exported or printed. */
export function Pictures({ shown, onClose, say }: Props) {
  const frame = useFrame(say)
  return (
    <>
      {shown && !frame.drawing && (
        <Suspense fallback={null}>
          <PicturesDialog frame={frame} onClose={onClose} say={say} />
        </Suspense>
      )}
      <PrintPage />
    </>
  )
}
