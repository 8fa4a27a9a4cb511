import { lazy, Suspense } from 'react'

import { useSelected } from '../viewer/useSelected'
import { Following } from './Following'
import { GuestName } from './GuestName'
import { ObjectMenu } from './ObjectMenu'
import { panel } from './panelState'
import { TextPrompt } from './TextPrompt'
import { useAbout } from './useAbout'

const ImportDialog = lazy(async () => ({ default: (await import('./ImportDialog')).ImportDialog }))
const ExportDialog = lazy(async () => ({ default: (await import('./ExportDialog')).ExportDialog }))
const FilesDialog = lazy(async () => ({ default: (await import('./FilesDialog')).FilesDialog }))

/** What opens over the picture, and what goes on without being seen. */
export function Dialogs() {
  const { dialog, menu, askName } = useSelected(panel, (state) => state)
  useAbout()
  return (
    <>
      <Following />
      {menu !== null && <ObjectMenu at={menu} onClose={() => panel.set({ menu: null })} />}
      {askName !== null && <GuestName then={askName} />}
      <TextPrompt />
      <Suspense fallback={null}>
        {dialog === 'import' && <ImportDialog />}
        {dialog === 'export' && <ExportDialog />}
        {dialog === 'files' && <FilesDialog />}
      </Suspense>
    </>
  )
}
