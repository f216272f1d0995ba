local ids, problem = selected_rows('DELETE')
if not ids then return {err = problem} end
for _, id in ipairs(ids) do
  for _, column in ipairs(indexed_columns) do
    local value = call('HGET', prefix .. id, column)
    if value then remove_entry(id, column, value) end
  end
  call('DEL', prefix .. id)
  call('SREM', prefix .. 'rows', id)
end
return #ids
