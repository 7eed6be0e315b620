--[[
  Marks a session as ended, whoever owns the call.

  KEYS[1] session hash
  KEYS[2] live sessions
  ARGV[1] call id

  Returns 1 for the first who does, 0 ever after and where there is no such session.
]]
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HGET', KEYS[1], 'ended') == 'true' then
  return 0
end
redis.call('HSET', KEYS[1], 'ended', 'true')
return 1
