import { useEffect, useState } from 'react'
import type { User } from '@/gen/parley/auth/v1/account_service_pb'
import { useAccount } from './api'

/** What Parley knows of the user, once it is there. */
export function useProfile(user: string): User | undefined {
  const account = useAccount()
  const [profile, setProfile] = useState<User>()
  useEffect(() => {
    const abort = new AbortController()
    account.profileOf(user, abort.signal).then(setProfile, () => {
      // Whoever shows it does without.
    })
    return () => {
      abort.abort()
    }
  }, [account, user])
  return profile
}
