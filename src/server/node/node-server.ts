import type { Server } from 'node:http'
import type { Http2SecureServer } from 'node:http2'
import type { Server as SecureServer } from 'node:https'

/** An `Http2SecureServer` needs `allowHTTP1: true`: its upgrades come over HTTP/1.1. */
export type NodeServer = Server | SecureServer | Http2SecureServer
