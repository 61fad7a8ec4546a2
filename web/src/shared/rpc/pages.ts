interface Page {
  readonly nextPageToken: string
}

/** Gets page after page of a list, to its end. */
export async function everyPage<P extends Page>(
  get: (pageToken: string) => Promise<P>,
): Promise<readonly P[]> {
  const pages: P[] = []
  let pageToken = ''
  do {
    const page = await get(pageToken)
    pages.push(page)
    pageToken = page.nextPageToken
  } while (pageToken)
  return pages
}
