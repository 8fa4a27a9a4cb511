/** Words for somebody who looks at what is public and is not signed in. */
export const visitor = {
  'visitor.look': 'Look at public projects',
  'visitor.where': 'Public projects',
  'visitor.signIn': 'Sign in',
  'visitor.slides': 'Public slides',
  'visitor.more': 'Show more slides',
} as const
