local ids, problem, set = selected_rows('UPDATE')
if not ids then return {err = problem} end
-- As in the module, a statement that matches no row does not check what follows SET.
if #ids == 0 then return 0 end
local columns, values = assignments(set + 1, 'ERR SET expects <col>=<value>')
if not columns then return {err = values} end
for _, id in ipairs(ids) do
  for _, column in ipairs(columns) do
    if indexed[column] then
      local old = call('HGET', prefix .. id, column)
      if old ~= values[column] then
        -- Adds first: a node without memory rejects this, but only as the first write of a script.
        add_entry(id, column, values[column])
        if old then remove_entry(id, column, old) end
      end
    end
  end
  write_row(id, columns, values)
end
return #ids
