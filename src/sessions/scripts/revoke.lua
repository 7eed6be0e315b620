--[[
  Ends whatever lease there is, whoever asks. The fence moves on: what its owner still writes is refused.

  KEYS[1] session hash
  KEYS[2] lease

  Returns 1 when somebody owned the call, else 0.
]]
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('HINCRBY', KEYS[1], 'fence', 1)
return redis.call('DEL', KEYS[2])
