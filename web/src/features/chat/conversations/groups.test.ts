import { expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { ConversationSchema } from '@/gen/parley/chat/v1/conversation_service_pb'
import { groupByAge } from './groups'

const NOW = new Date(2026, 5, 15, 12)

const used = (...date: [number, number, number, number]) =>
  create(ConversationSchema, { updateTime: timestampFromDate(new Date(...date)) })

it('groups conversations by the day, not by hours', () => {
  const groups = groupByAge(
    [
      used(2026, 5, 15, 0),
      used(2026, 5, 14, 23),
      used(2026, 5, 14, 0),
      used(2026, 5, 10, 0),
      used(2026, 4, 20, 0),
      used(2025, 5, 15, 0),
    ],
    NOW,
  )
  expect(groups.map(({ label, conversations }) => [label, conversations.length])).toEqual([
    ['Today', 1],
    ['Yesterday', 2],
    ['This week', 1],
    ['This month', 1],
    ['Earlier', 1],
  ])
})

it('has no groups when there are no conversations', () => {
  expect(groupByAge([], NOW)).toEqual([])
})
