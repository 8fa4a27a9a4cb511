import { useState } from 'react'

import { t } from '../i18n'
import { BoardEditor } from '../panels/boards/BoardEditor'
import { BoardList } from '../panels/boards/BoardList'
import { Frame } from '../panels/shell/Frame'
import { Link } from '../panels/shell/Link'
import small from '../panels/shell/Small.module.css'
import { boardPath } from '../shell/routes'

/** All tumour boards. */
export function Boards() {
  return (
    <Frame title={t('boards.page')}>
      <BoardList />
    </Frame>
  )
}

/** One of them. */
export function Board({ boardId }: { boardId: string }) {
  const [title, setTitle] = useState('')
  return (
    <Frame title={title || t('boards.page')}>
      <Link href={boardPath()} className={small.link}>
        {t('boards.all')}
      </Link>
      <BoardEditor boardId={boardId} onTitle={setTitle} />
    </Frame>
  )
}
