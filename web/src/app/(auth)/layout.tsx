import Link from 'next/link'
import type { ReactNode } from 'react'
import { RequireNobody } from '@/features/auth/gates'
import { Wordmark } from '@/shared/ui/mark'

export default function AuthLayout({ children }: { readonly children: ReactNode }) {
  return (
    <RequireNobody>
      <div className="flex min-h-page flex-col">
        <header className="p-5 sm:p-6">
          <Link href="/" className="inline-block rounded-md">
            <Wordmark />
          </Link>
        </header>
        <main className="mx-auto w-full max-w-[25rem] flex-1 px-6 pt-[max(2rem,9vh)] pb-16">
          {children}
        </main>
      </div>
    </RequireNobody>
  )
}
