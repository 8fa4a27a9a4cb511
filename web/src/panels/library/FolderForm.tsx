import { Button, TextInput } from '@mantine/core'
import { type SyntheticEvent, useState } from 'react'

import { addRoot } from '../../api/imports'
import { ApiError } from '../../api/problem'
import { t } from '../../i18n'
import { ErrorNotice, sentence } from '../shell/ErrorNotice'
import style from './FolderForm.module.css'

/** Name a folder of the server; its slides are shown in place. */
export function FolderForm({ onAdded }: { onAdded: () => void }) {
  const [path, setPath] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (path.trim() === '') return
    setBusy(true)
    setError(null)
    addRoot(path.trim()).then(
      () => {
        setBusy(false)
        setPath('')
        onAdded()
      },
      (failure: unknown) => {
        setBusy(false)
        setError(failure)
      },
    )
  }
  // What is wrong with the path belongs to its field; anything else is said below.
  const atField = error instanceof ApiError && error.status === 422
  return (
    <form className={style.form} onSubmit={submit}>
      <TextInput
        className={style.path}
        size="md"
        label={t('welcome.folder')}
        description={t('welcome.folderHint')}
        value={path}
        error={atField ? sentence(error) : undefined}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setPath(event.currentTarget.value)}
      />
      <Button type="submit" size="md" loading={busy}>
        {t('welcome.add')}
      </Button>
      {error !== null && !atField && <ErrorNotice compact error={error} title={t('welcome.folderFailed')} />}
    </form>
  )
}
