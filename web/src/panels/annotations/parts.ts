/** What the viewer shows of annotations: one chunk, fetched once a picture is there. */
export { AnnotationPanel } from './AnnotationPanel'
export { CountingPane } from './CountingPane'
export { Dialogs } from './Dialogs'
export { DrawBar } from './DrawBar'
export { Status } from './Status'
