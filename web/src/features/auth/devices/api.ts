import { useMemo } from 'react'
import { createClient } from '@connectrpc/connect'
import type { DeviceAuthorization } from '@/gen/parley/auth/v1/device_service_pb'
import { DeviceService } from '@/gen/parley/auth/v1/device_service_pb'
import { useRpc } from '@/shared/rpc/rpc-context'

/** What a person can do about a terminal that shows them a code. */
export interface Devices {
  find(userCode: string): Promise<DeviceAuthorization | undefined>
  approve(userCode: string): Promise<void>
  deny(userCode: string): Promise<void>
}

export function useDevices(): Devices {
  const { authorized } = useRpc()
  return useMemo(() => {
    const devices = createClient(DeviceService, authorized)
    return {
      async find(userCode) {
        const { deviceAuthorization } = await devices.getDeviceAuthorization({ userCode })
        return deviceAuthorization
      },
      async approve(userCode) {
        await devices.approveDeviceAuthorization({ userCode })
      },
      async deny(userCode) {
        await devices.denyDeviceAuthorization({ userCode })
      },
    }
  }, [authorized])
}
