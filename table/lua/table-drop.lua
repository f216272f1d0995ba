local ids, problem = all_rows(prefix)
if not ids then return {err = problem} end
drop(name, ids)
return {ok = 'OK'}
