import { ActionIcon, Button } from '@mantine/core'
import { useRef } from 'react'

import { formatBytes, formatPercent, t } from '../../i18n'
import { chosenFiles } from '../../model/upload/entries'
import { offerFiles } from '../../model/upload/uploads'
import { Icon } from '../shell/icons'
import style from './Uploads.module.css'
import type { Unfinished } from './useUnfinished'

/** An upload from before this page was loaded: a browser gives its file only to whoever chooses it again. */
export function UnfinishedRow({ one, onForgotten }: { one: Unfinished; onForgotten: () => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <li className={style.row}>
      <div className={style.rowText}>
        <span className={style.name}>{one.name}</span>
        <span className={style.quiet}>
          {t('upload.unfinished', {
            percent: formatPercent(one.size === 0 ? 1 : one.sent / one.size),
            size: formatBytes(one.size),
          })}
        </span>
        <span className={style.quiet}>{t('upload.unfinishedHint')}</span>
      </div>
      <Button
        size="sm"
        variant="default"
        className={style.action}
        aria-label={t('upload.unfinishedOf', { name: one.name })}
        onClick={() => input.current?.click()}
      >
        {t('upload.chooseAgain')}
      </Button>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={44}
        aria-label={t('upload.cancel', { name: one.name })}
        onClick={onForgotten}
      >
        <Icon name="close" />
      </ActionIcon>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        onChange={(event) => {
          offerFiles(chosenFiles(event.currentTarget.files ?? []))
          event.currentTarget.value = ''
        }}
      />
    </li>
  )
}
