-- Raises the id counters of all tables above the ids that another node may have issued.
local jump = tonumber(ARGV[3])
local names = call('SMEMBERS', TABLES)
local tables = 0
for _, name in ipairs(names) do
  if call('TYPE', 'schema:{' .. name .. '}').ok == 'hash' then
    raise_counter('{' .. name .. '}:')
    if jump > 0 then call('INCRBY', '{' .. name .. '}:id', ARGV[3]) end
    tables = tables + 1
  end
end
return tables
