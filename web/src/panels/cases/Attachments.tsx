import { useEffect, useRef, useState } from 'react'

import { type Attachment, type Owner, attach, attachmentUrl, deleteAttachment, listAttachments } from '../../api/attachments'
import { isAbort } from '../../api/problem'
import { formatBytes, formatDate, t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { Icon } from '../shell/icons'
import style from './Attachments.module.css'

interface Failure {
  readonly title: string
  readonly error: unknown
}

/** Files that belong to a slide or a case: reports, requests, photographs. */
export function Attachments({ owner }: { owner: Owner }) {
  const { kind, id } = owner
  const [items, setItems] = useState<readonly Attachment[] | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [busy, setBusy] = useState<string | null>(null)
  const [version, setVersion] = useState(0)
  const chooser = useRef<HTMLInputElement>(null)

  useEffect(() => {
    const controller = new AbortController()
    listAttachments({ kind, id }, controller.signal).then(setItems, (error: unknown) => {
      if (!isAbort(error)) setFailure({ title: t('attach.failed'), error })
    })
    return () => controller.abort()
  }, [kind, id, version])

  const add = async (files: readonly File[]): Promise<void> => {
    setFailure(null)
    for (const file of files) {
      setBusy(file.name)
      try {
        await attach({ kind, id }, file)
      } catch (error) {
        setFailure({ title: t('attach.notSaved'), error })
        break
      }
    }
    setBusy(null)
    setVersion((now) => now + 1)
  }
  const remove = (one: Attachment): void => {
    deleteAttachment(one.attachment_id).then(
      () => setVersion((now) => now + 1),
      (error: unknown) => setFailure({ title: t('edits.failed'), error }),
    )
  }
  return (
    <section className={style.section} aria-label={t('attach.title')}>
      <div className={style.head}>
        <h4 className={style.heading}>{t('attach.title')}</h4>
        <button type="button" className={style.add} disabled={busy !== null} onClick={() => chooser.current?.click()}>
          <Icon name="plus" size={16} />
          {t('attach.add')}
        </button>
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          data-testid="attach"
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])]
            event.currentTarget.value = ''
            void add(files)
          }}
        />
      </div>
      {busy !== null && (
        <p className={style.quiet} role="status">
          {t('attach.busy', { name: busy })}
        </p>
      )}
      {items?.length === 0 && busy === null && <p className={style.quiet}>{t('attach.none')}</p>}
      <ul className={style.list}>
        {items?.map((one) => (
          <Row key={one.attachment_id} one={one} onDelete={() => remove(one)} />
        ))}
      </ul>
      {failure !== null && <ErrorNotice compact error={failure.error} title={failure.title} />}
    </section>
  )
}

function Row({ one, onDelete }: { one: Attachment; onDelete: () => void }) {
  // A deleted file is gone, so deleting takes two presses.
  const [sure, setSure] = useState(false)
  return (
    <li className={style.row}>
      <a
        className={style.file}
        href={attachmentUrl(one.attachment_id)}
        download={one.name}
        aria-label={t('attach.download', { name: one.name })}
      >
        <Icon name="file" size={16} />
        <span className={style.name}>{one.name}</span>
        <span className={style.facts}>
          {formatBytes(one.size_bytes)} · {formatDate(one.created_at)}
        </span>
      </a>
      {sure ? (
        <span className={style.sure}>
          {t('attach.really')}
          <button type="button" className={style.yes} autoFocus onClick={onDelete} onBlur={() => setSure(false)}>
            {t('attach.yes')}
          </button>
        </span>
      ) : (
        <button
          type="button"
          className={style.delete}
          aria-label={t('attach.delete', { name: one.name })}
          onClick={() => setSure(true)}
        >
          <Icon name="trash" size={16} />
        </button>
      )}
    </li>
  )
}
