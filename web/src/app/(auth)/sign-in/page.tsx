import type { Metadata } from 'next'
import { OtherFormLink } from '@/features/auth/other-form-link'
import { ProviderButtons } from '@/features/auth/provider-buttons'
import { ResetNote } from '@/features/auth/reset-note'
import { SignInForm } from '@/features/auth/sign-in-form'

export const metadata: Metadata = { title: 'Sign in' }

export default function SignInPage() {
  return (
    <>
      <h1 className="font-serif text-4xl font-medium tracking-tight">Welcome back</h1>
      <p className="mt-2 text-ink-2">Your conversations are where you left them.</p>
      <ResetNote />
      <SignInForm />
      <ProviderButtons />
      <p className="mt-8 text-ink-2">
        <OtherFormLink to="/reset">Forgot your password?</OtherFormLink>
      </p>
      <p className="mt-2 text-ink-2">
        New here? <OtherFormLink to="/sign-up">Create an account</OtherFormLink>
      </p>
    </>
  )
}
