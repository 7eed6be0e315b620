--[[
  Gives a lease up, so that anybody may claim the call at once. The fence moves on: what the releaser still writes
  is refused.

  KEYS[1] session hash
  KEYS[2] lease
  ARGV[1] fence of the lease

  Returns 1 when it was given up, 0 when it had been lost before.
]]
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return 0
end
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('DEL', KEYS[2])
return 1
