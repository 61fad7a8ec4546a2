import { describe, expect, it } from 'vitest'
import { asked, followed } from '../replies/reply'
import type { Reply } from '../replies/reply'
import { answered, generating, QUESTION, said, SEND } from '../testing'
import { newestLeaf, thread, upsert, voices } from './thread'

const texts = (...layout: Parameters<typeof thread>) =>
  thread(...layout).map(({ question, answer }) => [question, answer?.text])

describe('a thread', () => {
  it('pairs each question with its reply', () => {
    const stored = [
      said(),
      answered('Because.'),
      said({ name: 'q2', parentMessage: 'a', text: 'Really?' }),
      answered('Yes.', { name: 'a2', parentMessage: 'q2' }),
    ]
    expect(texts(stored)).toEqual([
      ['Why?', 'Because.'],
      ['Really?', 'Yes.'],
    ])
  })

  it('follows the branch of the newest message', () => {
    const stored = [
      said(),
      answered('Because.'),
      said({ name: 'q2', parentMessage: 'a', text: 'Really?' }),
      answered('Yes.', { name: 'a2', parentMessage: 'q2' }),
      said({ name: 'q3', parentMessage: 'a', text: 'Truly?' }),
    ]
    expect(texts(stored)).toEqual([
      ['Why?', 'Because.'],
      ['Truly?', undefined],
    ])
  })

  it('shows a question that is under way after what is stored', () => {
    const live = asked({
      ...QUESTION,
      ask: { ...SEND, text: 'Really?', parentMessage: 'a' },
    })
    expect(texts([said(), answered('Because.')], [live])).toEqual([
      ['Why?', 'Because.'],
      ['Really?', undefined],
    ])
  })

  it('shows a question once, and keeps its place on the page, when it is stored meanwhile', () => {
    const live: Reply = {
      ...asked(QUESTION),
      phase: 'streaming',
      message: said(),
      answer: generating('Be'),
    }
    const [exchange, ...others] = thread([said(), generating()], [live])
    expect(exchange).toMatchObject({ key: 'r', question: 'Why?', answer: { text: 'Be' } })
    expect(others).toEqual([])
  })

  it('prefers what is stored when the stream was cut and the reply has ended', () => {
    const live: Reply = {
      ...asked(QUESTION),
      phase: 'cut',
      message: said(),
      answer: generating('Be'),
    }
    expect(texts([said(), answered('Because.')], [live])).toEqual([['Why?', 'Because.']])
  })

  it('shows the branch that was chosen, and what else there is', () => {
    const stored = [
      said(),
      answered('Because.'),
      answered('So.', { name: 'a2' }),
      said({ name: 'q2', parentMessage: 'a', text: 'Really?' }),
      answered('Yes.', { name: 'a3', parentMessage: 'q2' }),
    ]
    expect(thread(stored, [], 'a2')).toMatchObject([
      { answer: { name: 'a2' }, answers: [{ name: 'a' }, { name: 'a2' }] },
    ])
    expect(newestLeaf(stored, answered('Because.')).name).toBe('a3')
  })

  it('shows another reply in the place of the one before while it is asked for', () => {
    const stored = [
      said(),
      answered('Because.'),
      said({ name: 'q2', parentMessage: 'a', text: 'Really?' }),
    ]
    const live = asked({ ...QUESTION, ask: { kind: 'regenerate', reply: 'a' } })
    expect(texts(stored, [live])).toEqual([['Why?', undefined]])
  })

  it('shows an edited message in the place of the one before', () => {
    const stored = [said(), answered('Because.')]
    const live = asked({
      ...QUESTION,
      ask: { kind: 'edit', message: 'q', text: 'How?', model: '', options: undefined },
    })
    expect(texts(stored, [live])).toEqual([['How?', undefined]])
  })

  it('shows a reply as it is read, not as far as the list happens to be', () => {
    const live = { ...asked(QUESTION), phase: 'streaming' as const, answer: generating('Be') }
    const further = { ...generating('Because'), seq: 8n }
    expect(texts([said(), further], [live])).toEqual([['Why?', 'Be']])
  })

  it('shows replies that were asked for together side by side, each as it is read', () => {
    const at = (seconds: number) => ({ createTime: { seconds: BigInt(seconds), nanos: 7 } })
    const stored = [
      said(),
      answered('Because.', at(1)),
      answered('So.', { name: 'a2', ...at(1) }),
      answered('Anew.', { name: 'a3', ...at(2) }),
    ]
    const live = followed('users/u/conversations/c', generating('Be', at(1)))
    const [exchange] = thread([said(), generating('', at(1)), ...stored.slice(2)], [live], 'a2')
    expect(exchange?.beside).toMatchObject([
      { answer: { text: 'Be' }, live: { phase: 'streaming' } },
      { answer: { text: 'So.' } },
    ])
    expect(exchange?.answers).toHaveLength(3)
    expect(thread(stored, [], 'a3')[0]?.beside).toEqual([])
  })

  it('has one voice where one model was asked', () => {
    expect(thread([said(), answered('Because.')]).map(voices)).toMatchObject([
      [{ answer: { text: 'Because.' } }],
    ])
    expect(thread([said()]).map(voices)).toEqual([[]])
  })

  it('ends although messages name each other as parents', () => {
    const stored = [said({ parentMessage: 'a' }), answered('Because.')]
    expect(texts(stored)).toEqual([['Why?', 'Because.']])
  })
})

describe('a list of messages', () => {
  it('does not go back to less of a reply', () => {
    const [only] = upsert([{ ...generating('Because'), seq: 8n }], generating('Be'))
    expect(only?.text).toBe('Because')
  })

  it('takes the reply as it ended, although that is shorter', () => {
    const [only] = upsert([generating('Because')], answered('Be'))
    expect(only?.text).toBe('Be')
  })

  it('adds what it does not know at its end', () => {
    expect(upsert([said()], answered('Because.')).map(({ name }) => name)).toEqual(['q', 'a'])
  })
})
