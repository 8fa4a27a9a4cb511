import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { may } from '../../api/members'
import { isAbort } from '../../api/problem'
import {
  addBookmark,
  type Bookmark,
  changeBookmark,
  deleteBookmark,
  listBookmarks,
} from '../../api/viewing'
import { formatSince, t } from '../../i18n'
import { ErrorNotice } from '../shell/ErrorNotice'
import { BookmarkForm } from './BookmarkForm'
import { bookmarksShown } from './bookmarks'
import { CloseIcon, EditIcon, TrashIcon } from './icons'
import { type OpenViewer, useViewer } from './OpenViewer'
import { ToolButton } from './ToolButton'
import { useSelected } from './useSelected'
import memory from './memory.module.css'
import piece from './pieces.module.css'
import style from './viewer.module.css'

const FLIGHT_MS = 450

/** The bookmarks of the slide, and the form for a new one; nothing when neither is asked for. */
export function Bookmarks() {
  const { list, adding } = useSelected(bookmarksShown, (state) => state)
  return list || adding ? <Pane adding={adding} /> : null
}

function Pane({ adding }: { adding: boolean }) {
  const open = useViewer()
  const { bookmarks, error, change } = useBookmarks(open.slide.slide_id)
  const [edited, setEdited] = useState<string | null>(null)
  const close = () => bookmarksShown.set({ list: false, adding: false })
  const finish = () => bookmarksShown.set({ list: true, adding: false })
  const add = async (words: { name: string; note: string }) => {
    const added = await addBookmark(open.slide.slide_id, { ...words, view: viewOf(open) })
    change((before) => [...before, added])
    finish()
  }
  return (
    <section className={memory.pane} aria-label={t('memory.bookmarks')}>
      <header className={style.paneHead}>
        <h2>{t('memory.bookmarks')}</h2>
        <ToolButton label={t('viewer.close')} onClick={close}>
          <CloseIcon />
        </ToolButton>
      </header>
      <div className={memory.body}>
        {error !== null && <ErrorNotice error={error} title={t('memory.bookmarksFailed')} compact />}
        {bookmarks !== null && bookmarks.length === 0 && !adding && <p className={piece.quiet}>{t('memory.bookmarksNone')}</p>}
        <ul className={memory.list}>
          {bookmarks?.map((bookmark) => (
            <li key={bookmark.bookmark_id}>
              {edited === bookmark.bookmark_id ? (
                <BookmarkForm
                  title={t('memory.bookmarkEdit', { name: bookmark.name })}
                  name={bookmark.name}
                  note={bookmark.note}
                  onSave={async (words) => {
                    const changed = await changeBookmark(bookmark.bookmark_id, words)
                    change((before) => before.map((one) => (one.bookmark_id === changed.bookmark_id ? changed : one)))
                    setEdited(null)
                  }}
                  onCancel={() => setEdited(null)}
                />
              ) : (
                <Entry
                  bookmark={bookmark}
                  onEdit={() => setEdited(bookmark.bookmark_id)}
                  onDeleted={() => change((before) => before.filter((one) => one !== bookmark))}
                />
              )}
            </li>
          ))}
        </ul>
        {adding ? (
          <BookmarkForm
            title={t('memory.bookmarkNew')}
            name={t('memory.bookmarkDefault', { number: (bookmarks?.length ?? 0) + 1 })}
            note=""
            onSave={add}
            onCancel={finish}
          />
        ) : may(open.slide, 'reviewer') ? (
          <Button size="xs" variant="default" onClick={() => bookmarksShown.set({ list: true, adding: true })}>
            {t('memory.bookmarkAdd')}
          </Button>
        ) : null}
      </div>
    </section>
  )
}

interface EntryProps {
  bookmark: Bookmark
  onEdit: () => void
  onDeleted: () => void
}

function Entry({ bookmark, onEdit, onDeleted }: EntryProps) {
  const { viewer } = useViewer()
  const [error, setError] = useState<unknown>(null)
  const { name, note, author, created_at: when, view } = bookmark
  const fly = () => {
    const { mirrored, ...place } = view
    viewer.camera.set({ mirrored })
    viewer.camera.glide(place, FLIGHT_MS)
  }
  return (
    <article className={memory.entry}>
      <div className={memory.entryHead}>
        <button type="button" className={memory.go} aria-label={t('memory.bookmarkGo', { name })} onClick={fly}>
          {name}
        </button>
        <ToolButton label={t('memory.bookmarkEdit', { name })} onClick={onEdit}>
          <EditIcon />
        </ToolButton>
        <ToolButton
          label={t('memory.bookmarkDelete', { name })}
          onClick={() => deleteBookmark(bookmark.bookmark_id).then(onDeleted, setError)}
        >
          <TrashIcon />
        </ToolButton>
      </div>
      {note !== '' && <p className={memory.note}>{note}</p>}
      <p className={piece.quiet}>{t('memory.bookmarkBy', { author, when: formatSince(when) })}</p>
      {error !== null && <ErrorNotice error={error} compact />}
    </article>
  )
}

function viewOf({ viewer }: OpenViewer): Bookmark['view'] {
  const { x, y, resolution, rotation, mirrored } = viewer.view()
  return { x, y, resolution, rotation, mirrored }
}

interface Bookmarked {
  bookmarks: readonly Bookmark[] | null
  error: unknown
  change: (change: (before: readonly Bookmark[]) => readonly Bookmark[]) => void
}

function useBookmarks(slideId: string): Bookmarked {
  const [bookmarks, setBookmarks] = useState<readonly Bookmark[] | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const controller = new AbortController()
    listBookmarks(slideId, controller.signal).then(setBookmarks, (failure: unknown) => {
      if (!isAbort(failure)) setError(failure)
    })
    return () => controller.abort()
  }, [slideId])
  return { bookmarks, error, change: (change) => setBookmarks((before) => change(before ?? [])) }
}
