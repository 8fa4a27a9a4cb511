import { Store } from '../../model/store'

/** Whether the list of bookmarks is open, and whether a new one is being written. */
export const bookmarksShown = new Store<{ list: boolean; adding: boolean }>({ list: false, adding: false })
