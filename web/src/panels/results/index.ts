import { lazy } from 'react'

/** Everything of result layers and overlays comes when a slide with annotations is opened, not with the first page. */
export const ResultLayers = lazy(() => import('./ResultLayers'))
