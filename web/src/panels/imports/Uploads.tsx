import { useCallback, useEffect, useState } from 'react'

import { t } from '../../i18n'
import { parseListQuery } from '../../model/list/query'
import { type Chosen, type Sorted, groupFiles } from '../../model/upload/groups'
import { onOffered, uploads } from '../../model/upload/uploads'
import { Icon } from '../shell/icons'
import { usePlace } from '../shell/usePlace'
import { useStore } from '../shell/useStore'
import { UploadDialog } from './UploadDialog'
import { UploadTray } from './UploadTray'
import style from './Uploads.module.css'
import { useFileDrop } from './useFileDrop'
import { useUnfinished } from './useUnfinished'

/** Everything about uploading that lies over a page: the drop, the question where to, the list of what runs. */
export function Uploads() {
  const { items } = useStore(uploads.state)
  const [asked, setAsked] = useState<Sorted | null>(null)
  const unfinished = useUnfinished(items)
  const { search } = usePlace()
  const { known } = unfinished
  const offer = useCallback(
    (files: readonly Chosen[]) => {
      const sorted = groupFiles(files)
      // What the server has begun already goes where it went; only what is new needs an answer.
      const begun = sorted.groups.filter(({ key }) => known.has(key))
      for (const group of begun) {
        const to = known.get(group.key)
        uploads.add([group], { project: to?.project_id ?? null, case: to?.case ?? null })
      }
      const groups = sorted.groups.filter(({ key }) => !known.has(key))
      if (groups.length > 0 || begun.length === 0) setAsked({ ...sorted, groups })
    },
    [known],
  )
  useEffect(() => onOffered(offer), [offer])
  const over = useFileDrop(offer)
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (uploads.sending) event.preventDefault()
    }
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [])
  return (
    <>
      {over && (
        <div className={style.over}>
          <div className={style.overText}>
            <Icon name="plus" size={32} />
            <strong>{t('upload.dropHere')}</strong>
            <span>{t('upload.dropText')}</span>
          </div>
        </div>
      )}
      {asked !== null && (
        <UploadDialog
          sorted={asked}
          projectId={parseListQuery(search).project}
          onClose={() => setAsked(null)}
          onStart={(to) => {
            uploads.add(asked.groups, to)
            setAsked(null)
          }}
        />
      )}
      <UploadTray items={items} unfinished={unfinished.shown} onForgotten={unfinished.forget} />
    </>
  )
}
