import { MantineProvider, localStorageColorSchemeManager } from '@mantine/core'
import { Suspense, lazy } from 'react'

import { IdentityFrame } from '../panels/identity/IdentityFrame'
import { ErrorBoundary } from '../panels/shell/ErrorBoundary'
import { SessionGate } from '../panels/shell/SessionGate'
import { usePlace } from '../panels/shell/usePlace'
import { type Route, matchRoute } from '../shell/routes'
import { SCHEME_KEY, theme } from '../theme/theme'
import { Library } from './Library'
import { NotFound } from './NotFound'
import { SignIn } from './SignIn'

// OpenLayers comes only when somebody opens a slide.
const loadViewer = () => import('./Viewer')
const Viewer = lazy(async () => ({ default: (await loadViewer()).Viewer }))
const Trash = lazy(async () => ({ default: (await import('./Trash')).Trash }))
const Imports = lazy(async () => ({ default: (await import('./Imports')).Imports }))
const Uploads = lazy(async () => ({ default: (await import('../panels/imports/Uploads')).Uploads }))
// Whoever follows a link to a slide needs it at once: it need not wait for the session.
if (matchRoute(window.location.pathname).name === 'viewer') void loadViewer()
const DisplayCheck = lazy(async () => ({ default: (await import('./DisplayCheck')).DisplayCheck }))
const schemes = localStorageColorSchemeManager({ key: SCHEME_KEY })

export function App() {
  const { pathname } = usePlace()
  const route = matchRoute(pathname)
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={schemes}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <IdentityFrame>
        {/* From slide to slide the viewer stays: panes, film strip and what was fetched in advance. */}
        <ErrorBoundary key={route.name === 'viewer' ? route.name : pathname}>
          <Page route={route} />
        </ErrorBoundary>
      </IdentityFrame>
    </MantineProvider>
  )
}

function Page({ route }: { route: Route }) {
  switch (route.name) {
    case 'signIn':
      return <SignIn />
    case 'library':
      return (
        <SessionGate>
          <Library />
          <Suspense fallback={null}>
            <Uploads />
          </Suspense>
        </SessionGate>
      )
    case 'imports':
      return (
        <SessionGate>
          <Suspense fallback={null}>
            <Imports />
            <Uploads />
          </Suspense>
        </SessionGate>
      )
    case 'trash':
      return (
        <SessionGate>
          <Suspense fallback={null}>
            <Trash />
          </Suspense>
        </SessionGate>
      )
    case 'viewer':
      return (
        <SessionGate>
          <Suspense fallback={null}>
            <Viewer slideId={route.params['slideId'] ?? ''} />
          </Suspense>
        </SessionGate>
      )
    case 'displayCheck':
      return (
        <SessionGate>
          <Suspense fallback={null}>
            <DisplayCheck />
          </Suspense>
        </SessionGate>
      )
    case 'notFound':
      return <NotFound />
  }
}
