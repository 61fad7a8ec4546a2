import { describe, expect, it } from 'vitest'
import { aboutTool } from './about-tool'

const tool = (id: string, server = '') => ({
  name: `users/a/tools/${id}`,
  server,
  description: 'As models are told.',
})

describe('what a tool does', () => {
  it('is said to the user, when the tool is built in', () => {
    expect(aboutTool(tool('search_documents'))).toMatch(/that you uploaded/)
  })

  it('is said as models are told, when the tool is of a server or not known here', () => {
    expect(aboutTool(tool('calculator', 'wiki'))).toBe('As models are told.')
    expect(aboutTool(tool('brand_new'))).toBe('As models are told.')
  })
})
