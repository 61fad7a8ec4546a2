import type { Metadata } from 'next'
import type { ReactNode } from 'react'

export const metadata: Metadata = { title: 'Library' }

export default function LibraryLayout({ children }: { readonly children: ReactNode }) {
  return children
}
