local namespace = ARGV[3]
local key = 'schema:{' .. namespace .. '}'
if #namespace > 64 then return {err = 'ERR incorrect namespace name, it exceeds the limit of 64 characters'} end
if call('EXISTS', key) == 1 then return {err = 'ERR namespace already exists'} end
call('SET', key, '1')
-- As in the module, TABLE.NAMESPACE.VIEW lists a namespace with a dot as a table.
if find(namespace, '.', 1, true) then register(namespace) end
return {ok = 'OK'}
