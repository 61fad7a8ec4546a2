import { timestampMs } from '@bufbuild/protobuf/wkt'
import type { Share } from '@/gen/parley/chat/v1/share_service_pb'
import { dayOf } from '@/shared/lib/times'

/** Says of a link since when it is there, how long it is good, and for whom. */
export function aboutShare(share: Share, now: number): string {
  const { createTime, expireTime, signedInOnly } = share
  const parts = [createTime && `Made ${dayOf(createTime)}`]
  if (expireTime) {
    parts.push(`${timestampMs(expireTime) > now ? 'expires' : 'expired'} ${dayOf(expireTime)}`)
  }
  parts.push(signedInOnly ? 'for people who are signed in here' : 'for anybody who has it')
  return parts.filter((part) => part !== undefined).join(', ')
}
