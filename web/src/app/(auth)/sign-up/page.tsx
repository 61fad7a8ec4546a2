import type { Metadata } from 'next'
import { OtherFormLink } from '@/features/auth/other-form-link'
import { ProviderButtons } from '@/features/auth/provider-buttons'
import { SignUpForm } from '@/features/auth/sign-up-form'

export const metadata: Metadata = { title: 'Create an account' }

export default function SignUpPage() {
  return (
    <>
      <h1 className="font-serif text-4xl font-medium tracking-tight">Create an account</h1>
      <p className="mt-2 text-ink-2">It lives on this Parley and nowhere else.</p>
      <SignUpForm />
      <ProviderButtons />
      <p className="mt-8 text-ink-2">
        Been here before? <OtherFormLink to="/sign-in">Sign in</OtherFormLink>
      </p>
    </>
  )
}
