// What Redis must do in one step. Each script touches one key, and the time in it is Redis's own.

const NOW = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function int(n) return string.format('%.0f', n) end
`

/**
 * Notes an unspent ticket in its user's index, unless there are enough of them. Returns 0, or the milliseconds until the
 * first of them expires. The index lives as long as its last entry.
 *
 * KEYS: index. ARGV: handle, TTL in ms, how many may be there.
 */
export const RESERVE = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', int(now))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return math.max(1, tonumber(first[2]) - now)
end
redis.call('ZADD', KEYS[1], int(now + tonumber(ARGV[2])), ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], int(tonumber(last[2])))
return 0
`

/** Takes a handle out of the index. KEYS: index. ARGV: handle. */
export const RELEASE = `return redis.call('ZREM', KEYS[1], ARGV[1])`

/** Empties the index and returns what was unspent. KEYS: index. */
export const TAKE_ALL = `${NOW}
local handles = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. int(now), '+inf')
redis.call('DEL', KEYS[1])
return handles
`

/** Deletes the value if it is still the one that was read. KEYS: ticket. ARGV: value. */
export const DELETE_IF_EQUAL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`

/**
 * Records the time of a revoke-all: now, or a later one that is asked for; what was recorded before is not moved back.
 *
 * KEYS: mark. ARGV: TTL in ms, the earliest time to record.
 */
export const MARK = `${NOW}
local before = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
redis.call('SET', KEYS[1], int(math.max(now, before, tonumber(ARGV[2]))), 'PX', ARGV[1])
return 1
`

/**
 * Takes a token from a bucket. Returns 0, or the milliseconds until there is one. The bucket is gone when it is full. What
 * somebody else wrote there counts as a full one.
 *
 * KEYS: bucket. ARGV: size of the bucket, tokens per millisecond.
 */
export const TAKE_TOKEN = `${NOW}
local burst, perMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local tokens, at = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+%.?%d*) (%d+)$')
local available = burst
if tokens then available = math.min(burst, tonumber(tokens) + math.max(0, now - tonumber(at)) * perMs) end
if available < 1 then return math.ceil((1 - available) / perMs) end
local left = available - 1
redis.call('SET', KEYS[1], string.format('%.9f %.0f', left, now), 'PX', int(math.max(1, math.ceil((burst - left) / perMs))))
return 0
`
