import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { FolderService } from '@/gen/parley/chat/v1/folder_service_pb'
import type { Folder } from '@/gen/parley/chat/v1/folder_service_pb'
import { useClient } from '@/shared/rpc/rpc-context'
import { keys } from '../keys'
import { reloadConversations } from '../conversations/api'

const PAGE = 200

/** All folders of the user, by their names. */
export function useFolders(user: string) {
  const client = useClient(FolderService)
  return useQuery({
    queryKey: keys.folders,
    queryFn: async ({ signal }) => {
      const folders: Folder[] = []
      let pageToken = ''
      do {
        const request = { parent: user, pageSize: PAGE, pageToken }
        const page = await client.listFolders(request, { signal })
        folders.push(...page.folders)
        pageToken = page.nextPageToken
      } while (pageToken)
      return folders
    },
  })
}

interface NewFolder {
  readonly displayName: string
  readonly requestId: string
}

/** Creates a folder. Called again with the same `requestId`, it creates no other. */
export function useCreateFolder(user: string) {
  const client = useClient(FolderService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async ({ displayName, requestId }: NewFolder) => {
      const request = { parent: user, folder: { displayName }, requestId }
      const { folder } = await client.createFolder(request)
      if (!folder) throw new Error('no folder came')
      return folder
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.folders }),
  })
}

/** Gives a folder another name. */
export function useRenameFolder() {
  const client = useClient(FolderService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name, displayName }: Pick<Folder, 'name' | 'displayName'>) =>
      client.updateFolder({ folder: { name, displayName }, requestId: crypto.randomUUID() }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.folders }),
  })
}

/** Deletes a folder. What was in it stays. */
export function useDeleteFolder() {
  const client = useClient(FolderService)
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: ({ name }: Folder) => client.deleteFolder({ name, allowMissing: true }),
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.folders })
      await reloadConversations(queryClient)
    },
  })
}
