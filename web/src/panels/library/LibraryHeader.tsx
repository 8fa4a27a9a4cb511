import { ActionIcon } from '@mantine/core'
import type { ReactNode } from 'react'

import { t } from '../../i18n'
import { Bell } from '../notices/Bell'
import { AccountMenu } from '../shell/AccountMenu'
import { Link } from '../shell/Link'
import { Mark } from '../shell/Mark'
import { Icon } from '../shell/icons'
import style from './LibraryHeader.module.css'

interface Props {
  onProjects: () => void
  onKeys: () => void
  /** The search field. */
  children: ReactNode
}

/** The bar at the top: home, search, account. */
export function LibraryHeader({ onProjects, onKeys, children }: Props) {
  return (
    <header className={style.header}>
      <ActionIcon
        className={style.projects}
        variant="subtle"
        color="gray"
        size={40}
        aria-label={t('library.showProjects')}
        title={t('library.showProjects')}
        onClick={onProjects}
      >
        <Icon name="folder" size={20} />
      </ActionIcon>
      <Link href="/" className={style.brand} aria-label={t('app.home')}>
        <Mark />
        <span className={style.brandName}>{t('app.name')}</span>
      </Link>
      <div className={style.search}>{children}</div>
      <Bell />
      <AccountMenu onKeys={onKeys} />
    </header>
  )
}
