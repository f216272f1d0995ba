if not ARGV[4] then
  return {err = 'ERR This operation is irreversible, use FORCE parameter to remove the table'}
end
if upper(ARGV[4]) ~= 'FORCE' then
  return {err = 'ERR Invalid parameter. Use FORCE to confirm table removal'}
end
