-- A node that hung runs the statements of its clients late, when the gateway already uses another node. Two writing nodes
-- would issue the same ids, so a statement for an earlier home node changes nothing. ARGV[1] names the node it is for.
local home = call('GET', 'table:home')
if home and #ARGV[1] > 1 and home ~= sub(ARGV[1], 2) then
  return {err = 'ERR another node is the home node of the TABLE commands now: connect again. All gateways must use the same home node'}
end
