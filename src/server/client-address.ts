import { warnDevelopers } from '../platform/system-platform.ts'
import { addressIn } from './address-block.ts'

/**
 * The address that limits count for a request: the one that the app reads from its proxy's header, or the peer's where that is no
 * address. The app gets one warning: a missing header must not switch the limits off silently.
 */
export function clientAddressOf<Request>(
  read: ((request: Request) => string | undefined) | undefined,
  peerOf: (request: Request) => string | undefined,
): (request: Request) => string | undefined {
  if (!read) return peerOf
  let hasWarned = false
  return (request) => {
    const address = addressIn(read(request))
    if (address !== null) return address
    if (!hasWarned) {
      warnDevelopers(
        'clientAddress returned no IP address for a request, so limits count its peer (the proxy). ' +
          'Return one address, from a header that your proxy sets on every request.',
      )
    }
    hasWarned = true
    return peerOf(request)
  }
}
