-- Lists the tables in `names`, sorted by namespace and table.
local wanted = ARGV[3]
local tables = {}
for _, name in ipairs(names) do
  local namespace, rest = match(name, '^([^.]*)%.(.*)$')
  if namespace and (not wanted or namespace == wanted) and call('EXISTS', 'schema:{' .. name .. '}') == 1 then
    tables[#tables + 1] = {namespace, rest}
  end
end
table.sort(tables, function(a, b)
  if a[1] ~= b[1] then return less(a[1], b[1]) end
  return less(a[2], b[2])
end)
for i, pair in ipairs(tables) do tables[i] = pair[1] .. ':' .. pair[2] end
return tables
