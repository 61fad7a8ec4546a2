import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import { ActingBanner } from '@/features/auth/acting-banner'
import { RpcProvider } from '@/shared/rpc/rpc-context'
import { geistMono, geistSans, newsreader } from './fonts'
import './globals.css'

export const metadata: Metadata = {
  title: { default: 'Parley', template: '%s · Parley' },
  description: 'A chat platform that you run yourself.',
  referrer: 'no-referrer',
  robots: { index: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  interactiveWidget: 'resizes-content',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fbfaf7' },
    { media: '(prefers-color-scheme: dark)', color: '#171614' },
  ],
}

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html
      lang="en"
      className={`${geistSans.variable} ${geistMono.variable} ${newsreader.variable}`}
    >
      <body className="font-sans">
        <RpcProvider>
          <ActingBanner />
          {children}
        </RpcProvider>
      </body>
    </html>
  )
}
