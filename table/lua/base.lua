-- Start of every script. Locals are faster than globals. ARGV: strict and home node, scan limit, arguments of the command.
local call, try = redis.call, redis.pcall
local find, match, sub, byte = string.find, string.match, string.sub, string.byte
local lower, upper = string.lower, string.upper
local strict, limit = byte(ARGV[1]) == 49, tonumber(ARGV[2])
-- Steps of the statement, for TABLE.EXPLAIN only.
local notes
