local columns, indexed = {}, {}
for i = 4, #ARGV do
  local malformed = 'ERR format: <col:type> or <col:type:index>'
  if byte(ARGV[i]) == 58 then return {err = malformed} end
  local column, kind, index = definition(ARGV[i], malformed)
  if not column then return {err = kind} end
  columns[#columns + 1] = {column, kind}
  types[column] = lower(kind)
  -- A column can be given twice. Then it has the last type, and an index if one of its definitions asks for it.
  indexed[column] = indexed[column] or index
end
-- Rows exist only if the schema alone was lost, for example by eviction.
local ids, problem = all_rows(prefix)
if not ids then return {err = problem} end
for _, pair in ipairs(columns) do
  local column, kind = pair[1], pair[2]
  call('HSET', 'schema:{' .. name .. '}', column, kind)
  if indexed[column] then build_index(column, ids) end
  indexed[column] = false
end
register(name)
return {ok = 'OK'}
