complete_registry()
local rows, names, total = {}, {}, 0
for _, name in ipairs(call('SMEMBERS', TABLES)) do
  local is_table = match(name, '^([^.]*)%.') == namespace and call('TYPE', 'schema:{' .. name .. '}').ok == 'hash'
  if is_table then
    total = total + call('SCARD', '{' .. name .. '}:rows')
    names[#names + 1] = name
  end
end
if total > limit then return {err = too_many()} end
for _, name in ipairs(names) do drop(name, call('SMEMBERS', '{' .. name .. '}:rows')) end
call('DEL', 'schema:{' .. namespace .. '}')
call('SREM', TABLES, namespace)
return {ok = 'OK'}
