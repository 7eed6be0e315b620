--[[
  Changes fields of a session if the writer still owns the call. A session that has ended stays ended.

  KEYS[1] session hash
  KEYS[2] live sessions
  ARGV[1] call id
  ARGV[2] fence of the lease
  ARGV[3] expiry, milliseconds
  ARGV[4] prefix of the carrier id index
  ARGV[5...] field, value pairs

  Returns 'written', 'fenced' or 'missing'.
]]
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 'missing'
end
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[2] then
  return 'fenced'
end
for i = 5, #ARGV, 2 do
  if ARGV[i] ~= 'ended' then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  elseif ARGV[i + 1] == 'true' then
    redis.call('HSET', KEYS[1], 'ended', 'true')
    redis.call('ZREM', KEYS[2], ARGV[1])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', ARGV[4] .. cjson.decode(redis.call('HGET', KEYS[1], 'callSid')), ARGV[3])
return 'written'
