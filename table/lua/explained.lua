-- Takes the explained statement out of ARGV, so that the arguments have the positions that they have in the statement.
local statement = string.gsub(upper(table.remove(ARGV, 3)), '^TABLE%.', '')
if statement ~= 'SELECT' and statement ~= 'UPDATE' and statement ~= 'DELETE' then
  return {err = 'ERR EXPLAIN requires SELECT, UPDATE, or DELETE'}
end
notes = {}
