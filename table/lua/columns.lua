local KINDS = {hash = true, btree = true, none = false, ['true'] = true, ['false'] = false}

-- Parses col:type[:index]. Returns the column, its type as written, and whether it gets an index; or nil and the error.
local function definition(text, malformed)
  local column, kind, index = match(text, '^([^:]*):([^:]*)(.*)$')
  if not column then return nil, malformed end
  if index == '' then return column, kind, false end
  local indexed = KINDS[lower(sub(index, 2))]
  if indexed == nil then
    return nil, "ERR index must be 'hash', 'btree', 'none' (or deprecated 'true'/'false')"
  end
  return column, kind, indexed
end
