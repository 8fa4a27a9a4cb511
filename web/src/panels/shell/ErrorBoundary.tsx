import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'

import { t } from '../../i18n'
import style from './ErrorNotice.module.css'

interface Props {
  children: ReactNode
}

/** Keeps an error of the page's own code from leaving an empty screen. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <div className={style.notice} role="alert">
        <p className={style.text}>{t('error.page')}</p>
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          {t('error.reload')}
        </Button>
      </div>
    )
  }
}
