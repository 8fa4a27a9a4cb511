/** What the viewer shows of annotations beside their panel: one chunk, fetched once a picture is there. */
export { CountingPane } from './CountingPane'
export { Dialogs } from './Dialogs'
export { DrawBar } from './DrawBar'
export { Status } from './Status'
