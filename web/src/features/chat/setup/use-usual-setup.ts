import { useModels } from '@/shared/llm/models'
import { beginning } from './setup'
import type { Setup } from './setup'

/** What a conversation begins with here. */
export function useUsualSetup(): Setup {
  const { data: models = [] } = useModels()
  return beginning(models[0]?.provider === 'offline')
}
