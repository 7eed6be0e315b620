--[[
  Stores a new session unless one exists for its call id or its carrier id.

  KEYS[1] session hash
  KEYS[2] carrier id index (holds the call id)
  KEYS[3] live sessions (sorted set: createdAt -> call id)
  ARGV[1] call id
  ARGV[2] createdAt, milliseconds since 1970
  ARGV[3] expiry, milliseconds
  ARGV[4] prefix of session hashes
  ARGV[5...] field, value pairs of the session

  Returns the call id of the session that is stored: ARGV[1] where the call id was known, another where the carrier
  id was; the empty string when this call stored it.
]]
if redis.call('EXISTS', KEYS[1]) == 1 then
  return ARGV[1]
end
local known = redis.call('GET', KEYS[2])
if known and redis.call('EXISTS', ARGV[4] .. known) == 1 then
  return known
end
for i = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return ''
