import type { Metadata } from 'next'
import type { ReactNode } from 'react'

export const metadata: Metadata = { title: 'Administration' }

export default function AdminLayout({ children }: { readonly children: ReactNode }) {
  return children
}
