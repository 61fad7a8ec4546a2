import type { ReactNode } from 'react'

interface SectionProps {
  readonly id: string
  readonly title: string
  /** What it is for, in a sentence or two. */
  readonly about: string
  readonly children: ReactNode
}

/** One thing that can be seen to here. */
export function Section({ id, title, about, children }: SectionProps) {
  return (
    <section aria-labelledby={id} className="border-t border-line py-10 first:border-t-0">
      <h2 id={id} className="scroll-mt-8 font-serif text-2xl font-medium tracking-tight">
        {title}
      </h2>
      <p className="mt-2 max-w-[38rem] text-[0.9375rem] text-ink-2 text-pretty">{about}</p>
      <div className="mt-6">{children}</div>
    </section>
  )
}
