import { warnDevelopers } from '../platform/system-platform.ts'
import { addressIn } from './address-block.ts'

/**
 * Whom limits count for a request: what the app reads from its proxy's header, and where that is no address the peer's. The app
 * hears of it once: a header that is missing would otherwise switch the limits off without a word.
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
