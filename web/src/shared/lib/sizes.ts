const UNITS = ['bytes', 'kB', 'MB', 'GB']

/** Says how large something is, to about three figures. */
export function sizeOf(bytes: number): string {
  const power = Math.min(bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  const count = bytes / 1000 ** power
  const digits = power === 0 || count >= 100 ? 0 : 1
  return `${count.toLocaleString('en', { maximumFractionDigits: digits })} ${UNITS[power] ?? ''}`
}
