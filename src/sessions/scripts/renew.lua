--[[
  Keeps a lease. One that ran out but was claimed by nobody since is kept too.

  KEYS[1] session hash
  KEYS[2] lease
  ARGV[1] owner
  ARGV[2] fence of the lease
  ARGV[3] time to live of the lease, milliseconds

  Returns 'written', 'fenced' or 'missing'.
]]
local fence = redis.call('HGET', KEYS[1], 'fence')
if not fence then
  return redis.call('EXISTS', KEYS[1]) == 1 and 'fenced' or 'missing'
end
if fence ~= ARGV[2] then
  return 'fenced'
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return 'written'
