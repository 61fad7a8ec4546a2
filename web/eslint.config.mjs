import js from '@eslint/js'
import next from '@next/eslint-plugin-next'
import hooks from 'eslint-plugin-react-hooks'
import { defineConfig, globalIgnores } from 'eslint/config'
import ts from 'typescript-eslint'

/**
 * @param {string} message
 * @param {string[]} group
 * @returns {import('eslint').Linter.RulesRecord}
 */
const forbid = (message, ...group) => ({
  'no-restricted-imports': ['error', { patterns: [{ group, message }] }],
})

export default defineConfig(
  globalIgnores(['.next', 'out', 'src/gen', 'next-env.d.ts']),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  hooks.configs.flat['recommended-latest'],
  next.configs['core-web-vitals'],
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', 300],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-undef': 'off', // tsc knows better
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }], // code points are meant
      '@typescript-eslint/dot-notation': 'off', // tsc wants brackets for what may be absent
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportAllDeclaration, ExportNamedDeclaration[source]',
          message: 'No barrels: import a thing from where it is.',
        },
        {
          selector: 'AssignmentExpression > MemberExpression.left[computed=true]',
          message: 'What is named at run time belongs in a Map: `__proto__` is a name, too.',
        },
      ],
    },
  },
  {
    files: ['src/features/**'],
    rules: forbid(
      'A feature knows itself (by ./) and what is shared, no other feature and no page.',
      '@/features/*',
      '@/app/*',
      '../*',
    ),
  },
  {
    // A large feature has a folder for each noun; these know each other (by ../).
    files: ['src/features/*/*/**'],
    rules: forbid(
      'A feature knows itself (by ./ and ../) and what is shared, no other feature and no page.',
      '@/features/*',
      '@/app/*',
      '../../*',
    ),
  },
  {
    files: ['src/shared/**'],
    rules: forbid('What is shared knows no feature and no page.', '@/features/*', '@/app/*'),
  },
)
