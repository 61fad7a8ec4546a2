import { expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { ShareSchema } from '@/gen/parley/chat/v1/share_service_pb'
import { aboutShare } from './about-share'

const time = (day: number) => timestampFromDate(new Date(2026, 4, day, 12))
const NOW = new Date(2026, 4, 10).getTime()

it('says how long a link is good and for whom', () => {
  const share = create(ShareSchema, { createTime: time(1) })
  expect(aboutShare(share, NOW)).toMatch(/^Made .*2026, for anybody who has it$/)
  expect(aboutShare({ ...share, signedInOnly: true }, NOW)).toMatch(/who are signed in here$/)
  expect(aboutShare({ ...share, expireTime: time(11) }, NOW)).toMatch(/, expires .*11/)
  expect(aboutShare({ ...share, expireTime: time(9) }, NOW)).toMatch(/, expired .*9/)
})
