/** Words of signing in at the organisation's own page. */
export const external = {
  'external.signIn': 'Sign in with {title}',
  'external.continue': 'Continue as {name}',
  'external.or': 'Or with an account of this Coverslip:',
  'external.tab': 'A new tab opens for it. This page stays as it is and goes on by itself when you come back to it.',
  'external.prove': 'Confirm with {title}',
  'external.proofTab': 'A new tab opens, in which you sign in once more. Come back to this one then.',
  'external.returned': 'You are signed in',
  'external.returnedText': 'Go back to the tab where you were: it goes on by itself. You can close this one.',
  'external.goOn': 'Go on here instead',
  'external.notSignedIn': 'Not signed in',
  'external.problem.external_refused':
    'The sign-in page of your organisation did not let you in, or its answer was meant for something else. Start again; if it stays so, ask an administrator.',
  'external.problem.challenge_ended': 'That took too long, or it was begun in another browser. Start again.',
  'external.problem.provider_unavailable':
    'The sign-in page of your organisation cannot be reached right now. Try again in a moment; accounts of this Coverslip work meanwhile.',
  'external.problem.name_taken_elsewhere':
    'You are known there, but another account here has your user name already. Ask an administrator to link the two if both are yours.',
  'external.problem.account_pending': 'An administrator has not approved your account yet.',
  'external.problem.sign_in_refused': 'An administrator has closed your account here.',
  'external.problem.too_many_attempts': 'There were too many attempts from here. Wait five minutes.',
  'external.problem.other': 'Signing in did not work. Start again.',
} as const
