-- Checks the name of a new table.
local name = ARGV[3]
local prefix, types = '{' .. name .. '}:', {}
local dot = find(name, '.', 1, true)
if not dot then return {err = 'ERR table name must be namespace.table'} end
if dot - 1 > 64 then return {err = 'ERR incorrect namespace name, it exceeds the limit of 64 characters'} end
if #name - dot > 64 then return {err = 'ERR incorrect table name, it exceeds the limit of 64 characters'} end
if call('EXISTS', 'schema:{' .. sub(name, 1, dot - 1) .. '}') == 0 then
  return {err = 'ERR namespace does not exist'}
end
if call('EXISTS', 'schema:{' .. name .. '}') == 1 then return {err = 'ERR table schema already exists'} end
