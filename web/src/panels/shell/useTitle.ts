import { useEffect } from 'react'

import { t } from '../../i18n'

/** Name the page in the browser's tab and history; null: say nothing of it there. */
export function useTitle(page: string | null): void {
  useEffect(() => {
    document.title = page === null ? t('app.name') : t('app.title', { page })
  }, [page])
}
