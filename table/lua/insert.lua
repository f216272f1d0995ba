local columns, values = assignments(4, 'ERR each field must be <col>=<value>')
if not columns then return {err = values} end

local function next_id()
  local number = call('INCR', prefix .. 'id')
  -- Lua writes larger numbers with an exponent.
  if number < 1e14 then return tostring(number) end
  return call('GET', prefix .. 'id')
end

local id = next_id()
local raised = false
while call('EXISTS', prefix .. id) == 1 or call('SADD', prefix .. 'rows', id) == 0 do
  if not raised then raise_counter(prefix) end
  raised = true
  id = next_id()
end
write_row(id, columns, values)
for _, column in ipairs(columns) do
  if indexed[column] then add_entry(id, column, values[column]) end
end
return id
