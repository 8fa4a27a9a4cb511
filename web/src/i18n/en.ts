import { accounts } from './accounts'
import { annotated } from './annotated'
import { annotations } from './annotations'
import { audit } from './audit'
import { boards } from './boards'
import { cases } from './cases'
import { drawing } from './drawing'
import { external } from './external'
import { imports } from './imports'
import { hands } from './hands'
import { library } from './library'
import { memory } from './memory'
import { panes } from './panes'
import { people } from './people'
import { providers } from './providers'
import { pictures } from './pictures'
import { results } from './results'
import { shares } from './shares'
import { shell } from './shell'
import { together } from './together'
import { viewer } from './viewer'
import { visitor } from './visitor'

/** No message stands in two of them: the later one would win. */
export const CATALOGUES = [
  shell,
  accounts,
  people,
  providers,
  external,
  library,
  imports,
  boards,
  cases,
  viewer,
  memory,
  panes,
  pictures,
  results,
  hands,
  annotated,
  annotations,
  together,
  audit,
  shares,
  drawing,
  visitor,
] as const

/** Every word that the web app says. */
export const en = {
  ...shell,
  ...accounts,
  ...people,
  ...providers,
  ...external,
  ...library,
  ...imports,
  ...boards,
  ...cases,
  ...viewer,
  ...memory,
  ...panes,
  ...pictures,
  ...results,
  ...hands,
  ...annotated,
  ...annotations,
  ...together,
  ...audit,
  ...shares,
  ...drawing,
  ...visitor,
} as const

export type Key = keyof typeof en
