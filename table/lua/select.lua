local ids, problem = selected_rows('SELECT')
if not ids then return {err = problem} end
sort(ids)
local rows = {}
for i = 1, #ids do rows[i] = call('HGETALL', prefix .. ids[i]) end
return rows
