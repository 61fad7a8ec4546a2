import { describe, expect, it } from 'vitest'
import { Message_State } from '@/gen/parley/chat/v1/message_pb'
import { thread } from '../messages/thread'
import { answered, generating, said } from '../testing'
import { followed } from './reply'
import { unreadOf } from './use-following'

const CONVERSATION = 'users/u/conversations/c'
const TOGETHER = { createTime: { seconds: 1n, nanos: 7 } }
const queued = (name: string, parentMessage: string) =>
  answered('', { name, parentMessage, state: Message_State.QUEUED })

const names = (...layout: Parameters<typeof thread>) =>
  unreadOf(thread(...layout)).map(({ name }) => name)

describe('what is to be followed', () => {
  it('is a reply that is being written', () => {
    expect(names([said(), generating('Be')])).toEqual(['a'])
    expect(names([said(), answered('Because.')])).toEqual([])
  })

  it('is not what is read already', () => {
    expect(names([said(), generating()], [followed(CONVERSATION, generating())])).toEqual([])
  })

  it('is every reply that is written side by side and not read yet', () => {
    const stored = [
      said(),
      generating('', TOGETHER),
      generating('', { name: 'a2', ...TOGETHER }),
      answered('So.', { name: 'a3', ...TOGETHER }),
    ]
    const lives = [followed(CONVERSATION, generating('', TOGETHER))]
    expect(names(stored, lives, 'a')).toEqual(['a2'])
  })

  it('is what waits only when it is next', () => {
    const waiting = [said({ name: 'q2', parentMessage: 'a' }), queued('a2', 'q2')]
    expect(names([said(), answered('Because.'), ...waiting])).toEqual(['a2'])
    expect(names([said(), generating(), ...waiting])).toEqual(['a'])
  })
})
