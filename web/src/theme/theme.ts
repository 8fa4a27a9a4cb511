import { createTheme } from '@mantine/core'

/**
 * What Mantine must know at run time; every colour is in theme.css, because the server's
 * Content-Security-Policy lets no script write style sheets.
 */
export const theme = createTheme({
  primaryColor: 'teal',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
})

/** Where the reader's choice of light or dark is kept. */
export const SCHEME_KEY = 'coverslip.appearance'
