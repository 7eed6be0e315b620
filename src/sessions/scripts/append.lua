--[[
  Adds entries to the end of a call's journal and wakes those who follow it.

  KEYS[1] journal (stream)
  KEYS[2] session hash
  KEYS[3] live sessions
  ARGV[1] channel that wakes followers
  ARGV[2] entries to keep, at least
  ARGV[3] expiry, milliseconds
  ARGV[4] prefix of the carrier id index
  ARGV[5...] entries

  Returns the number of entries added.
]]
for i = 5, #ARGV do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'entry', ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local callSid = redis.call('HGET', KEYS[2], 'callSid')
if callSid then
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
  redis.call('PEXPIRE', ARGV[4] .. cjson.decode(callSid), ARGV[3])
end
redis.call('PUBLISH', ARGV[1], '')
return #ARGV - 4
