import type { Metadata } from 'next'
import Link from 'next/link'
import { SignInForm } from '@/features/auth/sign-in-form'

export const metadata: Metadata = { title: 'Sign in' }

export default function SignInPage() {
  return (
    <>
      <h1 className="font-serif text-4xl font-medium tracking-tight">Welcome back</h1>
      <p className="mt-2 text-ink-2">Your conversations are where you left them.</p>
      <SignInForm />
      <p className="mt-8 text-ink-2">
        New here?{' '}
        <Link href="/sign-up" className="font-medium text-accent underline underline-offset-4">
          Create an account
        </Link>
      </p>
    </>
  )
}
