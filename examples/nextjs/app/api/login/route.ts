import { SignJWT } from 'jose'
import { jwtSecret } from '../../../lib/backend.ts'

/** In place of your sign-in: everybody is a guest. */
export async function POST(): Promise<Response> {
  const jwt = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(`guest-${crypto.randomUUID().slice(0, 6)}`)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(jwtSecret())
  return Response.json({ jwt }, { headers: { 'cache-control': 'no-store' } })
}
