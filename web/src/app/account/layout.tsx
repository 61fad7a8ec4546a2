import type { Metadata } from 'next'
import type { ReactNode } from 'react'

export const metadata: Metadata = { title: 'Account' }

export default function AccountLayout({ children }: { readonly children: ReactNode }) {
  return children
}
