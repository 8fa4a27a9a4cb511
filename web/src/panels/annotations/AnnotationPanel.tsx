import { lazy, Suspense } from 'react'

import { t } from '../../i18n'
import { ErrorBoundary } from '../shell/ErrorBoundary'
import { panelOf, Tabs } from '../shell/Tabs'
import { CloseIcon } from '../viewer/icons'
import { preferences } from '../viewer/preferences'
import { ToolButton } from '../viewer/ToolButton'
import { useSelected } from '../viewer/useSelected'
import { ClassList } from './ClassList'
import { Comments } from './Comments'
import { Conflicts } from './Conflicts'
import { useAnnotations, useDocument } from './context'
import { LayerList } from './LayerList'
import { Objects } from './Objects'
import { panel, TABS } from './panelState'
import { PanelMenu } from './PanelMenu'
import { ToldList } from './ToldList'
import { openCount, threadsOf } from './threads'
import { style } from './style'

const History = lazy(async () => ({ default: (await import('./History')).History }))

/** Everything drawn and said on the slide, beside the picture. */
export function AnnotationPanel() {
  const { slide } = useAnnotations()
  const { tab, wide } = useSelected(panel, (state) => state)
  const comments = useDocument((state) => state.comments)
  const loaded = useDocument((state) => state.loaded)
  const open = openCount(threadsOf(comments.values()))
  return (
    <aside className={style.panel} data-wide={wide || undefined} aria-label={t('annotations.title')}>
      <header className={style.head}>
        <h2>{t('annotations.title')}</h2>
        <PanelMenu />
        <ToolButton label={t('viewer.close')} onClick={() => preferences.set({ annotations: false })}>
          <CloseIcon />
        </ToolButton>
      </header>
      <Conflicts />
      <ToldList />
      <Tabs
        id="annotations"
        label={t('annotations.title')}
        names={TABS}
        chosen={tab}
        textOf={(name) => (name === 'comments' && open > 0 ? t('annotations.tab.commentsOpen', { count: open }) : t(`annotations.tab.${name}`))}
        onChoose={(chosen) => panel.set({ tab: chosen })}
      />
      <div {...panelOf('annotations', tab)} className={style.body} data-tab={tab}>
        <ErrorBoundary key={`${slide.slide_id} ${tab}`}>
          {!loaded ? (
            <p className={style.waiting} role="status">
              {t('annotations.loading')}
            </p>
          ) : tab === 'objects' ? (
            <Objects />
          ) : tab === 'classes' ? (
            <ClassList />
          ) : tab === 'layers' ? (
            <LayerList />
          ) : tab === 'comments' ? (
            <Comments />
          ) : (
            <Suspense fallback={null}>
              <History />
            </Suspense>
          )}
        </ErrorBoundary>
      </div>
    </aside>
  )
}
