// An import takes parts of 256 KiB, a document of 512; the edge, requests of 512 with all that is
// around a part.
export const PART_BYTES = 256 * 1024
// Also a slow connection brings a part across in this time.
export const PART_TIMEOUT_MS = 120_000
