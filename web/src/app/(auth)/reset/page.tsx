import type { Metadata } from 'next'
import { OtherFormLink } from '@/features/auth/other-form-link'
import { ResetForm } from '@/features/auth/reset-form'

export const metadata: Metadata = { title: 'Reset your password' }

export default function ResetPage() {
  return (
    <>
      <h1 className="font-serif text-4xl font-medium tracking-tight">Forgotten it?</h1>
      <p className="mt-2 text-ink-2">If the address has an account, a code is sent there.</p>
      <ResetForm />
      <p className="mt-8 text-ink-2">
        Remembered it? <OtherFormLink to="/sign-in">Sign in</OtherFormLink>
      </p>
    </>
  )
}
