export const MAX_WEIGHT = 1_000

interface Weighed {
  readonly name: string
  readonly weight: number
}

/** Returns in how many of a hundred replies each version is chosen. `versions` is newest first. */
export function chances(versions: readonly Weighed[]): ReadonlyMap<string, number> {
  const sum = versions.reduce((sum, { weight }) => sum + weight, 0)
  return new Map(
    versions.map(({ name, weight }, at) => {
      const newest = at === 0 ? 100 : 0
      return [name, sum > 0 ? Math.round((weight / sum) * 100) : newest]
    }),
  )
}

/** Reads a weight; undefined if it is none. */
export function weightIn(written: string): number | undefined {
  const weight = Number(written)
  const fits = /^\d+$/.test(written.trim()) && weight <= MAX_WEIGHT
  return fits ? weight : undefined
}
