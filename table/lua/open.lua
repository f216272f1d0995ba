-- Opens the table that the statement names. `types` contains the lower-case type of each column.
local name = ARGV[3]
local prefix = '{' .. name .. '}:'
local fields = try('HGETALL', 'schema:{' .. name .. '}')
if fields.err and not find(fields.err, 'WRONGTYPE', 1, true) then return fields end
-- A key of another type is the marker of a namespace.
if fields.err or #fields == 0 then return {err = 'ERR table schema does not exist'} end
local types = {}
for i = 1, #fields, 2 do types[fields[i]] = lower(fields[i + 1]) end
