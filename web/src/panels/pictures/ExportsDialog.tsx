import { t } from '../../i18n'
import { Dialog } from '../shell/Dialog'
import { ExportList } from './ExportList'

/** All exports of whoever is signed in. */
export function ExportsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('exports.title')} onClose={onClose}>
      <ExportList />
    </Dialog>
  )
}
