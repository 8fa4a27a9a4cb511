import { Button } from '@mantine/core'
import { useState } from 'react'

import { addSample } from '../../api/imports'
import { t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { useSession } from '../shell/session'
import { FolderForm } from './FolderForm'
import { NoProject } from './NoProject'
import style from './Welcome.module.css'

interface Props {
  sampleAvailable: boolean
  /** A folder was added; its slides come as they are registered. */
  onAdded: () => void
  /** The sample was added as this project. */
  onSample: (projectId: string) => void
}

/** What a catalogue without slides says: how to get some. */
export function Welcome({ sampleAvailable, onAdded, onSample }: Props) {
  const { viewer } = useSession()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const openSample = (): void => {
    setBusy(true)
    setError(null)
    addSample().then(
      (root) => onSample(root.project_id),
      (failure: unknown) => {
        setBusy(false)
        setError(failure)
      },
    )
  }
  if (!viewer.is_admin) return <NoProject />
  return (
    <section className={style.welcome} aria-labelledby="welcome-title">
      <h1 id="welcome-title" className={style.title}>
        {t('welcome.title')}
      </h1>
      <p className={style.text}>{t('welcome.text')}</p>
      <FolderForm onAdded={onAdded} />
      {sampleAvailable && (
        <>
          <p className={style.or}>{t('welcome.or')}</p>
          <Button variant="default" size="md" loading={busy} onClick={openSample}>
            {t('welcome.sample')}
          </Button>
          <p className={style.hint}>{t('welcome.sampleText')}</p>
          {error !== null && <ErrorNotice compact error={error} title={t('welcome.sampleFailed')} />}
        </>
      )}
    </section>
  )
}
