import { describe, expect, it } from 'vitest'
import { codeAsShown, codeInLink, isWhole } from './code'

describe('a code', () => {
  it.each(['WDJBMJHT', 'wdjb-mjht', ' wdjb mjht ', 'W-D-J-B-M-J-H-T', 'wdjbmjhtbbb'])(
    'is shown as the terminal does, typed as %j',
    (typed) => {
      expect(codeAsShown(typed)).toBe('WDJB-MJHT')
    },
  )

  it('grows as it is typed, and can be deleted again', () => {
    expect(codeAsShown('wd')).toBe('WD')
    expect(codeAsShown('wdjb')).toBe('WDJB')
    expect(codeAsShown('wdjbm')).toBe('WDJB-M')
    expect(codeAsShown('WDJB-')).toBe('WDJB')
  })

  it('is whole with eight letters', () => {
    expect(isWhole('WDJB-MJHT')).toBe(true)
    expect(isWhole('WDJB-MJH')).toBe(false)
    expect(isWhole('')).toBe(false)
  })

  it('comes with a link', () => {
    expect(codeInLink('#WDJB-MJHT')).toBe('WDJB-MJHT')
    expect(codeInLink('')).toBe('')
    expect(codeInLink('#<script>')).toBe('SCRP-T')
  })
})
