--[[
  Adds entries to the end of a call's journal and wakes those who follow it. Of a writer that numbers its entries, only
  those are added that are not there yet.

  KEYS[1] journal (stream)
  KEYS[2] session hash
  KEYS[3] live sessions
  KEYS[4] entries so far by writer (hash)
  ARGV[1] channel that wakes followers
  ARGV[2] entries to keep, at least
  ARGV[3] expiry, milliseconds
  ARGV[4] prefix of the carrier id index
  ARGV[5] writer; the empty string: one that does not number its entries
  ARGV[6] entries of this writer before these
  ARGV[7...] entries

  Returns 'written', or 'gap' where entries of this writer before these are missing; nothing is added then.
]]
local first = 7
if ARGV[5] ~= '' then
  local known = tonumber(redis.call('HGET', KEYS[4], ARGV[5]) or '0')
  local position = tonumber(ARGV[6])
  if known < position then
    return 'gap'
  end
  first = first + known - position
  if first > #ARGV then
    return 'written'
  end
  redis.call('HSET', KEYS[4], ARGV[5], position + #ARGV - 6)
  redis.call('PEXPIRE', KEYS[4], ARGV[3])
end
for i = first, #ARGV do
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
return 'written'
