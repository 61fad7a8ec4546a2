import type { Metadata } from 'next'
import type { ReactNode } from 'react'

export const metadata: Metadata = { title: 'Settings' }

export default function SettingsLayout({ children }: { readonly children: ReactNode }) {
  return children
}
