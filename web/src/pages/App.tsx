import { MantineProvider, localStorageColorSchemeManager } from '@mantine/core'
import { type ComponentType, Suspense, lazy } from 'react'

import { IdentityFrame } from '../panels/identity/IdentityFrame'
import { ErrorBoundary } from '../panels/shell/ErrorBoundary'
import { SessionGate } from '../panels/shell/SessionGate'
import { useGuest, useVisitor } from '../panels/shell/session'
import { usePlace } from '../panels/shell/usePlace'
import { type Route, matchRoute } from '../shell/routes'
import { SCHEME_KEY, theme } from '../theme/theme'
import { NotFound } from './NotFound'

// OpenLayers comes only when somebody opens a slide, the library's lists only when somebody goes there.
const loadViewer = () => import('./Viewer')
const loadLibrary = () => import('./Library')
const Library = lazy(async () => ({ default: (await loadLibrary()).Library }))
const Viewer = lazy(async () => ({ default: (await loadViewer()).Viewer }))
const Trash = lazy(async () => ({ default: (await import('./Trash')).Trash }))
const Audit = lazy(async () => ({ default: (await import('./Audit')).Audit }))
const Imports = lazy(async () => ({ default: (await import('./Imports')).Imports }))
const SignIn = lazy(async () => ({ default: (await import('./SignIn')).SignIn }))
const FirstRun = lazy(async () => ({ default: (await import('./FirstRun')).FirstRun }))
const LinkPage = lazy(async () => ({ default: (await import('./Link')).LinkPage }))
const Register = lazy(async () => ({ default: (await import('./Register')).Register }))
const Account = lazy(async () => ({ default: (await import('./Account')).Account }))
const People = lazy(async () => ({ default: (await import('./People')).People }))
const GuestSlides = lazy(async () => ({ default: (await import('../panels/share/GuestSlides')).GuestSlides }))
const PublicSlides = lazy(async () => ({ default: (await import('../panels/visitor/PublicSlides')).PublicSlides }))
const Entrance = lazy(async () => ({ default: (await import('./Entrance')).Entrance }))
const SharePage = lazy(async () => ({ default: (await import('./Share')).SharePage }))
// Nobody asked for it: where the connection is lost while it comes, the page goes on without it.
const ShareNews = lazy(async () => ({ default: await import('../panels/shares/ShareNews').then((room) => room.ShareNews, () => Nothing) }))
const Shares = lazy(async () => ({ default: (await import('./Shares')).Shares }))
const Boards = lazy(async () => ({ default: (await import('./Board')).Boards }))
const Board = lazy(async () => ({ default: (await import('./Board')).Board }))
const PresentBoard = lazy(async () => ({ default: (await import('./PresentBoard')).PresentBoard }))
const Uploads = lazy(async () => ({ default: (await import('../panels/imports/Uploads')).Uploads }))
// Whoever follows a link to one of these needs it at once: it need not wait for the session.
const first = matchRoute(window.location.pathname).name
if (first === 'viewer') void loadViewer()
else if (first === 'library') void loadLibrary()
const DisplayCheck = lazy(async () => ({ default: (await import('./DisplayCheck')).DisplayCheck }))
// Style sheets that the UI library writes at run time need it: the server's policy takes no others.
const nonce = document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? ''
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
      getStyleNonce={() => nonce}
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
      return <Whole page={SignIn} />
    case 'register':
      return <Whole page={Register} />
    case 'link':
      return <Whole page={LinkPage} />
    case 'firstRun':
      return <Guarded page={FirstRun} />
    case 'account':
      return <Guarded page={Account} />
    case 'people':
      return <Guarded page={People} />
    case 'audit':
      return <Guarded page={Audit} />
    case 'trash':
      return <Guarded page={Trash} />
    case 'shares':
      return <Guarded page={Shares} />
    case 'boards':
      return <Guarded page={Boards} />
    case 'board':
      return (
        <SessionGate>
          <Suspense fallback={null}>
            <Board boardId={route.params['boardId'] ?? ''} />
          </Suspense>
        </SessionGate>
      )
    case 'presentBoard':
      return (
        <SessionGate>
          <Suspense fallback={null}>
            <PresentBoard boardId={route.params['boardId'] ?? ''} />
          </Suspense>
        </SessionGate>
      )
    case 'share':
      return (
        <Suspense fallback={null}>
          <SharePage token={route.params['token'] ?? ''} />
        </Suspense>
      )
    case 'entrance':
      return (
        <Suspense fallback={null}>
          <Entrance slideId={route.params['slideId'] ?? null} />
        </Suspense>
      )
    case 'displayCheck':
      return <Guarded page={DisplayCheck} />
    case 'library':
      return (
        <SessionGate guests>
          <Home />
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
    case 'viewer':
      return (
        <SessionGate guests>
          <Suspense fallback={null}>
            <Viewer slideId={route.params['slideId'] ?? ''} />
          </Suspense>
        </SessionGate>
      )
    case 'notFound':
      return <NotFound />
  }
}

function Nothing() {
  return null
}

/** The library; for somebody who came by a share link, what the link shows, and for a visitor what is public. */
function Home() {
  const guest = useGuest()
  const visitor = useVisitor()
  if (visitor) return <Whole page={PublicSlides} />
  if (guest !== null) {
    return (
      <Suspense fallback={null}>
        <GuestSlides guest={guest} />
      </Suspense>
    )
  }
  return (
    <>
      <Whole page={Library} />
      <Suspense fallback={null}>
        <Uploads />
        <ShareNews />
      </Suspense>
    </>
  )
}

/** A page that comes when somebody goes there. */
function Whole({ page: Wanted }: { page: ComponentType }) {
  return (
    <Suspense fallback={null}>
      <Wanted />
    </Suspense>
  )
}

/** The same, for somebody who is signed in. */
function Guarded({ page }: { page: ComponentType }) {
  return (
    <SessionGate>
      <Whole page={page} />
    </SessionGate>
  )
}
