local columns = {}
for i = 1, #fields, 2 do
  local indexed = call('SISMEMBER', prefix .. 'idx:meta', fields[i]) == 1
  columns[#columns + 1] = {fields[i], fields[i + 1], {ok = indexed and 'true' or 'false'}}
end
return columns
