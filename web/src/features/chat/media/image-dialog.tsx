'use client'

import { useEffect, useRef, useState } from 'react'
import { ErrorReason } from '@/gen/parley/error/v1/error_reason_pb'
import { ImageService } from '@/gen/parley/llm/v1/image_service_pb'
import { problemOf } from '@/shared/rpc/problem'
import type { Problem } from '@/shared/rpc/problem'
import { useClient } from '@/shared/rpc/rpc-context'
import { Button, buttonClass, IconButton } from '@/shared/ui/button'
import { Dialog } from '@/shared/ui/dialog'
import { Icon } from '@/shared/ui/icon'
import { ProblemNote } from '@/shared/ui/problem-note'
import { Select } from '@/shared/ui/select'
import { TextArea } from '@/shared/ui/text-area'
import { fileNameOf, makeImages } from './images'

const SIZES = [
  { value: '', label: 'Any' },
  { value: '1024x1024', label: 'Square' },
  { value: '1536x1024', label: 'Wide' },
  { value: '1024x1536', label: 'Tall' },
]
const COUNTS = ['1', '2', '3', '4'].map((value) => ({ value, label: value }))

interface Shown {
  readonly url: string
  readonly name: string
}

/** Opens the dialog that has images made. */
export function ImageButton() {
  const [open, setOpen] = useState(false)
  return (
    <>
      <IconButton
        label="Make an image"
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true)
        }}
      >
        <Icon name="image" className="size-[1.125rem]" />
      </IconButton>
      {open && (
        <ImageDialog
          onClose={() => {
            setOpen(false)
          }}
        />
      )}
    </>
  )
}

/** Has images made from a description. They are kept nowhere but where they are saved. */
function ImageDialog({ onClose }: { readonly onClose: () => void }) {
  const [prompt, setPrompt] = useState('')
  const [count, setCount] = useState('1')
  const [size, setSize] = useState('')
  const { pictures, problem, busy, make } = useImages()
  return (
    <Dialog title="Make an image" wide onClose={onClose}>
      <div className="mt-4 space-y-4">
        <TextArea
          label="What is to be seen"
          value={prompt}
          maxLength={4_000}
          autoFocus
          onChange={(event) => {
            setPrompt(event.target.value)
          }}
        />
        <div className="grid grid-cols-2 gap-3">
          <Select label="Shape" options={SIZES} value={size} onChoose={setSize} />
          <Select label="How many" options={COUNTS} value={count} onChoose={setCount} />
        </div>
        {problem && <ProblemNote problem={problem} />}
        <p role="status" className="text-sm text-ink-3 empty:hidden">
          {busy && 'The image is being made. That may take a minute.'}
        </p>
        {pictures.length > 0 && (
          <ul className="grid gap-3 sm:grid-cols-2">
            {pictures.map(({ url, name }, at) => (
              <li key={url}>
                {/* eslint-disable-next-line @next/next/no-img-element -- made here, never fetched */}
                <img
                  src={url}
                  alt={`Image ${String(at + 1)}: ${prompt}`}
                  className="w-full rounded-lg"
                />
                <a
                  href={url}
                  download={name}
                  className="mt-1 inline-block rounded text-sm text-accent underline underline-offset-4"
                >
                  Download image {at + 1}
                </a>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <button type="button" className={buttonClass('quiet')} onClick={onClose}>
          Close
        </button>
        <Button
          busy={busy || !prompt.trim()}
          onClick={() => {
            void make({ prompt: prompt.trim(), count: Number(count), size })
          }}
        >
          {busy ? 'Making…' : 'Make'}
        </Button>
      </div>
    </Dialog>
  )
}

function useImages() {
  const client = useClient(ImageService)
  const running = useRef<AbortController>(undefined)
  const urls = useRef<string[]>([])
  const [pictures, setPictures] = useState<readonly Shown[]>([])
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const clear = () => {
    for (const url of urls.current) URL.revokeObjectURL(url)
    urls.current = []
  }
  useEffect(
    () => () => {
      running.current?.abort()
      clear()
    },
    [],
  )

  const make = async (wish: Parameters<typeof makeImages>[1]) => {
    const { signal } = (running.current = new AbortController())
    clear()
    setPictures([])
    setProblem(undefined)
    setBusy(true)
    try {
      await makeImages(client, wish, signal, ({ data, mediaType }) => {
        const url = URL.createObjectURL(new Blob([data], { type: mediaType }))
        urls.current.push(url)
        const name = fileNameOf(wish.prompt, urls.current.length, mediaType)
        setPictures((known) => [...known, { url, name }])
      })
    } catch (error) {
      if (!signal.aborted) setProblem(inWords(error))
    }
    if (!signal.aborted) setBusy(false)
  }
  return { pictures, problem, busy, make }
}

function inWords(error: unknown): Problem {
  const problem = problemOf(error)
  if (problem.reason !== ErrorReason.IMAGES_UNAVAILABLE) return problem
  return { ...problem, text: 'No model for images is configured here, or it is away.' }
}
