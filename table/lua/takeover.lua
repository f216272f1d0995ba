-- Makes this node the home node, and raises the id counters of all tables above the ids that another node may have issued.
local jump = tonumber(ARGV[3])
local names = call('SMEMBERS', TABLES)
local tables = 0
-- Statements for an earlier home node fail from here on, also on that node: see fence.lua.
if #names > 0 and #ARGV[1] > 1 then call('SET', 'table:home', sub(ARGV[1], 2)) end
for _, name in ipairs(names) do
  if call('TYPE', 'schema:{' .. name .. '}').ok == 'hash' then
    raise_counter('{' .. name .. '}:')
    if jump > 0 then call('INCRBY', '{' .. name .. '}:id', ARGV[3]) end
    tables = tables + 1
  end
end
return tables
