import { useEffect } from 'react'

import { t } from '../../i18n'

/** Name the page in the browser's tab and history. */
export function useTitle(page: string): void {
  useEffect(() => {
    document.title = t('app.title', { page })
  }, [page])
}
