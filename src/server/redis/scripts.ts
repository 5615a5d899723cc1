// What Redis must do in one step. The keys of a script share a hash tag, so that a cluster has them on one node; the time in
// it is Redis's own.

import { sha1 } from '@noble/hashes/legacy.js'

export interface Script {
  readonly text: string
  /** What EVALSHA calls it. */
  readonly sha1: string
}

function script(text: string): Script {
  // ASCII, so each character is a byte.
  const digest = sha1(Uint8Array.from(text, (char) => char.charCodeAt(0)))
  return { text, sha1: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') }
}

const NOW = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function int(n) return string.format('%.0f', n) end
`

/** The bucket of `TAKE_TOKEN`, as a function: returns 0, or the milliseconds until there is a token. */
const TAKE = `
local function take(key, burst, perMs)
  local tokens, at = string.match(redis.call('GET', key) or '', '^(%d+%.?%d*) (%d+)$')
  local available = burst
  if tokens then available = math.min(burst, tonumber(tokens) + math.max(0, now - tonumber(at)) * perMs) end
  if available < 1 then return math.ceil((1 - available) / perMs) end
  local left = available - 1
  redis.call('SET', key, string.format('%.9f %.0f', left, now), 'PX', int(math.max(1, math.ceil((burst - left) / perMs))))
  return 0
end
`

/** The time of the Redis that has the key, in milliseconds. It changes nothing, so it may come late. KEYS: any. */
export const CLOCK = script(`${NOW}
return int(now)
`)

/**
 * All that is asked of a user before a ticket is stored: whether the last revoke-all refuses the JWT, whether there is a token
 * left, and whether there is room in the index of unspent tickets, which lives as long as its last entry. Returns a word and a
 * value: `stored` and the user's marks, `revoked`, `too_often` or `too_many` and the milliseconds to wait.
 *
 * KEYS: marks, bucket, index. ARGV: when the JWT was issued (ms, or nothing), the first mark that was there when it was checked (-1
 * for none, or nothing), size of the bucket and tokens per ms (or nothing), handle, TTL in ms, how many may be unspent.
 */
export const RESERVE = script(`${NOW}${TAKE}
local issued, known, burst, perMs, handle, ttl, most = unpack(ARGV)
local marks = redis.call('GET', KEYS[1]) or ''
if marks ~= '' then
  local at, tokensUntil = string.match(marks, '^(%d+) (%d+)$')
  local isRevoked = at and issued ~= '' and tonumber(issued) <= tonumber(tokensUntil)
  local hasMoved = at and known ~= '' and tonumber(known) < tonumber(at)
  if isRevoked or hasMoved or not at then return {'revoked', marks} end
end
if burst ~= '' then
  local wait = take(KEYS[2], tonumber(burst), tonumber(perMs))
  if wait > 0 then return {'too_often', int(wait)} end
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', int(now))
if redis.call('ZCARD', KEYS[3]) >= tonumber(most) then
  local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  return {'too_many', int(math.max(1, tonumber(first[2]) - now))}
end
redis.call('ZADD', KEYS[3], int(now + tonumber(ttl)), handle)
local last = redis.call('ZRANGE', KEYS[3], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[3], int(tonumber(last[2])))
return {'stored', marks}
`)

/** Takes a handle out of the index and returns the user's marks, or nothing. KEYS: index, marks. ARGV: handle. */
export const RELEASE = script(`
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('GET', KEYS[2])
`)

/** Reads and deletes. For a Redis that has no GETDEL. KEYS: ticket. */
export const TAKE_VALUE = script(`
local value = redis.call('GET', KEYS[1])
if value then redis.call('DEL', KEYS[1]) end
return value
`)

/** Deletes the value if it is still the one that was read. KEYS: ticket. ARGV: value. */
export const DELETE_IF_EQUAL = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`)

/**
 * Records a revoke-all, then empties the index. The first mark is now, but later than the one before; the second is the
 * first, or what is asked for where that is later. Returns the marks and what was unspent. Once the marks are recorded nothing
 * is an error. One that comes too late does nothing, and returns nothing.
 *
 * KEYS: marks, index. ARGV: TTL of the marks in ms, until when JWTs are refused at least, until when the script does anything.
 */
export const REVOKE_ALL = script(`${NOW}
if now > tonumber(ARGV[3]) then return false end
local at, tokensUntil = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
local newAt = math.max(now, tonumber(at or '0') + 1)
local marks = int(newAt) .. ' ' .. int(math.max(newAt, tonumber(tokensUntil or '0'), tonumber(ARGV[2])))
redis.call('SET', KEYS[1], marks, 'PX', ARGV[1])
local unspent = redis.pcall('ZRANGEBYSCORE', KEYS[2], '(' .. int(now), '+inf')
redis.pcall('DEL', KEYS[2])
if unspent.err then return {marks} end
table.insert(unspent, 1, marks)
return unspent
`)

/**
 * Publishes, and returns 1. The message says when (`sent_at`, in ms). One that comes too late does nothing, and returns nothing.
 *
 * KEYS: the channel, so that a cluster asks the node that was asked for the time. ARGV: the channel, which a client with a prefix for
 * keys leaves as it is; message (a JSON object with members), until when it is published.
 */
export const PUBLISH = script(`${NOW}
if now > tonumber(ARGV[3]) then return nil end
redis.call('PUBLISH', ARGV[1], string.sub(ARGV[2], 1, -2) .. ',"sent_at":' .. int(now) .. '}')
return 1
`)

/**
 * Takes a token from a bucket. Returns 0, or the milliseconds until there is one. The bucket is gone when it is full. What
 * somebody else wrote there counts as a full one.
 *
 * KEYS: bucket. ARGV: size of the bucket, tokens per millisecond.
 */
export const TAKE_TOKEN = script(`${NOW}${TAKE}
return take(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))
`)

/**
 * Tries every command of the scripts above on keys that belong to nobody. Returns `OK`, or the first that Redis refuses and
 * its words. Nothing is left behind after ten seconds.
 *
 * KEYS: value, index. ARGV: a name of the caller's own.
 */
export const PROBE = script(`
local function try(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then error({command = (...), words = answer.err}) end
  return answer
end
local function probe()
  local now = try('TIME')[1]
  try('SET', KEYS[1], ARGV[1], 'PX', '10000')
  try('GET', KEYS[1])
  try('DEL', KEYS[1])
  try('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. now)
  try('ZADD', KEYS[2], now, ARGV[1])
  try('PEXPIREAT', KEYS[2], (tonumber(now) + 10) .. '000')
  try('ZCARD', KEYS[2])
  try('ZRANGE', KEYS[2], '0', '0', 'WITHSCORES')
  try('ZRANGEBYSCORE', KEYS[2], '-inf', '+inf')
  try('ZREM', KEYS[2], ARGV[1])
end
local isDone, refused = pcall(probe)
if isDone then return {'OK'} end
if type(refused) == 'table' and refused.command then return {refused.command, refused.words} end
return {'EVAL', tostring(refused)}
`)
