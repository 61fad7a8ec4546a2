import { useQuery } from '@tanstack/react-query'
import { GroupService } from '@/gen/parley/auth/v1/group_service_pb'
import { everyPage } from '@/shared/rpc/pages'
import { useClient } from '@/shared/rpc/rpc-context'

const PAGE = 200

/** The groups that the user is in. */
export function useOwnGroups(user: string) {
  const client = useClient(GroupService)
  return useQuery({
    queryKey: ['own-groups', user],
    queryFn: async ({ signal }) => {
      const get = (pageToken: string) =>
        client.listUserGroups({ parent: user, pageSize: PAGE, pageToken }, { signal })
      return (await everyPage(get)).flatMap(({ groups }) => groups)
    },
  })
}
