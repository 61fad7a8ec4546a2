import { describe, expect, it } from 'vitest'
import { toolLabel } from './tool-label'

describe('what a tool that is used is called', () => {
  it('is its title, when it is one of Parley’s own', () => {
    expect(toolLabel({ tool: 'tools/calculator', displayName: 'Calculator' })).toBe('Calculator')
  })

  it('begins with its id, when a server chose the title', () => {
    expect(toolLabel({ tool: 'tools/wiki__search', displayName: 'Calculator' })).toBe(
      'wiki__search (Calculator)',
    )
  })

  it('is its id, when there is no other title', () => {
    expect(toolLabel({ tool: 'tools/wiki__search', displayName: '' })).toBe('wiki__search')
    expect(toolLabel({ tool: 'tools/wiki__search', displayName: 'wiki__search' })).toBe(
      'wiki__search',
    )
  })
})
