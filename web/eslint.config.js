import nounsanitized from 'eslint-plugin-no-unsanitized'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/** Floors of the app, lowest first: a floor imports only from itself and from those before it. */
const FLOORS = ['api', 'model', 'live', 'viewer', 'tools', 'panels', 'pages']
/** React draws panels and pages; everything below them runs without it. */
const WITH_REACT = new Set(['panels', 'pages'])
/** Words, theme and addresses: floors that any other may use and that know none of them. */
const GROUND = ['i18n', 'shell']

const REACT = {
  regex: '^(react|react-dom|@mantine/.*)(/.*)?$',
  message: 'React and Mantine live in panels/ and pages/ only.',
}

function forbid(folder, above, react) {
  const patterns = above.length
    ? [{ regex: `^(\\.\\./)+(${above.join('|')})(/|$)`, message: `${folder}/ may not import from ${above.join(', ')}.` }]
    : []
  if (!react) patterns.push(REACT)
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  }
}

const floors = FLOORS.map((folder, at) => {
  const own = new RegExp(`^${folder}$`)
  const above = FLOORS.slice(at + 1).filter((name) => !own.test(name))
  return forbid(folder, [...above, 'theme'].filter((name) => name !== 'theme' || folder !== 'pages'), WITH_REACT.has(folder))
})
const ground = GROUND.map((folder) => forbid(folder, [...FLOORS, 'theme'], false))

export default tseslint.config(
  { ignores: ['node_modules', 'src/api/schema.d.ts', 'test-results'] },
  ...tseslint.configs.strictTypeChecked,
  nounsanitized.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] }, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Text from slides is never HTML.' },
      ],
    },
  },
  { files: ['src/{panels,pages}/**/*.{ts,tsx}'], plugins: { 'react-hooks': hooks }, rules: hooks.configs.recommended.rules },
  ...floors,
  ...ground,
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] },
)
