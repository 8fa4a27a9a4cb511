import type { Project, SlideSummary } from '../../api/slides'
import { t } from '../../i18n'
import { importsPath } from '../../shell/routes'
import { Dialog } from '../shell/Dialog'
import { Link } from '../shell/Link'
import { Icon } from '../shell/icons'
import { useSession } from '../shell/session'
import { ProjectTree } from './ProjectTree'
import style from './Panes.module.css'
import { useDrop } from './drag'
import { useWide } from './useWide'

interface Props {
  projects: readonly Project[]
  chosen: string | null
  onChoose: (projectId: string | null) => void
  onFolders: () => void
  onDrop: (project: Project, slides: readonly SlideSummary[]) => void
  onTrash: (slides: readonly SlideSummary[]) => void
  /** On narrow screens: whether the drawer is open. */
  drawer: boolean
  onCloseDrawer: () => void
}

/** The project tree: a pane where there is room, else a drawer. */
export function ProjectsPane({ projects, chosen, onChoose, onFolders, onDrop, onTrash, drawer, onCloseDrawer }: Props) {
  const wide = useWide()
  const { viewer } = useSession()
  const trash = useDrop(onTrash)
  const inside = (
    <>
      <ProjectTree key={projects.length === 0 ? 'none' : 'some'} projects={projects} chosen={chosen} onChoose={onChoose} onDrop={onDrop} />
      <Link href="/trash" className={style.folders} draggable={false} {...trash}>
        <Icon name="trash" />
        {t('trash.link')}
      </Link>
      <Link href={importsPath()} className={style.folders}>
        <Icon name="plus" />
        {t('imports.open')}
      </Link>
      {viewer.is_admin && (
        <button type="button" className={style.folders} onClick={onFolders}>
          <Icon name="folders" />
          {t('library.folders')}
        </button>
      )}
    </>
  )
  if (wide) {
    return (
      <nav className={style.projects} aria-label={t('library.projects')}>
        {inside}
      </nav>
    )
  }
  return drawer ? (
    <Dialog title={t('library.projects')} side="left" onClose={onCloseDrawer}>
      {inside}
    </Dialog>
  ) : null
}
