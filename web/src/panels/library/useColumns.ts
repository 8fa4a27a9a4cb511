import { useState } from 'react'

import { type ColumnId, DEFAULT_COLUMNS, readColumns } from '../../model/list/columns'

const KEY = 'coverslip.columns'

export interface Columns {
  readonly shown: readonly ColumnId[]
  /** True when somebody chose them. */
  readonly chosen: boolean
  set: (columns: readonly ColumnId[]) => void
  reset: () => void
}

/** The columns of the table, remembered by this browser. */
export function useColumns(): Columns {
  const [stored, setStored] = useState<readonly ColumnId[] | null>(read)
  return {
    shown: stored ?? DEFAULT_COLUMNS,
    chosen: stored !== null,
    set: (columns) => {
      setStored(columns)
      write(JSON.stringify(columns))
    },
    reset: () => {
      setStored(null)
      write(null)
    },
  }
}

function read(): ColumnId[] | null {
  try {
    const said: unknown = JSON.parse(window.localStorage.getItem(KEY) ?? 'null')
    return Array.isArray(said) ? readColumns(said) : null
  } catch {
    return null // storage refused, or written by something else
  }
}

function write(text: string | null): void {
  try {
    if (text === null) window.localStorage.removeItem(KEY)
    else window.localStorage.setItem(KEY, text)
  } catch {
    /* then the choice lasts as long as the page */
  }
}
