import { Button } from '@mantine/core'
import { useRef } from 'react'

import { t } from '../../i18n'
import { chosenFiles } from '../../model/upload/entries'
import { offerFiles } from '../../model/upload/uploads'
import style from './Arrivals.module.css'

/** Choose files or a folder to upload, for whoever does not drag. */
export function FilePicker() {
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const take = (input: HTMLInputElement): void => {
    offerFiles(chosenFiles(input.files ?? []))
    input.value = ''
  }
  return (
    <div className={style.picker}>
      <Button size="md" onClick={() => files.current?.click()}>
        {t('imports.choose')}
      </Button>
      <Button size="md" variant="default" onClick={() => folder.current?.click()}>
        {t('imports.chooseFolder')}
      </Button>
      <span className={style.quiet}>{t('imports.drop')}</span>
      <input ref={files} type="file" hidden multiple data-kind="files" onChange={(event) => take(event.currentTarget)} />
      <input
        ref={folder}
        type="file"
        hidden
        multiple
        data-kind="folder"
        {...{ webkitdirectory: '' }}
        onChange={(event) => take(event.currentTarget)}
      />
    </div>
  )
}
