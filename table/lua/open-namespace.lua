-- Checks that the argument is a namespace. The marker of a table is a hash.
local namespace = ARGV[3]
if call('TYPE', 'schema:{' .. namespace .. '}').ok ~= 'string' then
  return {err = 'ERR namespace does not exist'}
end
