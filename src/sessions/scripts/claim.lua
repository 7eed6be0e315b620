--[[
  Becomes the owner of a call if nobody else is. Owning it again counts as a new owner: the older lease is fenced.

  KEYS[1] session hash
  KEYS[2] lease (holds the owner; expires with the lease)
  ARGV[1] owner
  ARGV[2] time to live of the lease, milliseconds

  Returns the fence of the new lease; 0 when another owner is alive or there is no such session.
]]
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'fence', 1)
