import { expect, it } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { SessionSchema } from '@/gen/parley/auth/v1/session_service_pb'
import { aboutSession, deviceOf } from './about-session'

it.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0 Safari/537.36',
    'Chrome on Linux',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/153.0 Safari/537.36 Edg/153.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Safari/604',
    'Safari on iOS',
  ],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Firefox/140.0', 'Firefox on macOS'],
  ['grpc-python-asyncio/1.85.1 grpc-c/53.0 (linux; chttp2)', 'A program on Linux'],
  ['', 'Something that does not say what it is'],
])('names %j', (userAgent, name) => {
  expect(deviceOf(userAgent)).toBe(name)
})

it('says from where and how somebody signed in', () => {
  const session = create(SessionSchema, { address: '203.0.113.7', methods: ['pwd', 'otp', 'mfa'] })

  expect(aboutSession(session)).toBe('from 203.0.113.7, with password and code')
})

it('says nothing of what it does not know', () => {
  expect(aboutSession(create(SessionSchema, {}))).toBe('')
})
