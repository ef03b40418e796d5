-- Every relation of a schema ($1) with its columns; a relation without columns has one row with NULLs. Where the daemon has
-- a login of its own ($2), what counts is what that one sees and may do. Of the roles that are to read ($3) those are named that may not.
-- What is said of a relation is found out once, not once a column, and comments are looked up here: the functions that do it take
-- longer than all else of a row.
select r.relname, r.relkind, r.closed,
       a.attname::text,
       format_type(a.atttypid, a.atttypmod),
       a.attnotnull,
       a.atthasdef or a.attidentity <> '',
       a.attgenerated <> '' or a.attidentity = 'a',
       r.lacking, r.closed_to, r.comment,
       coalesce((select d.description from pg_description d
         where d.objoid = r.oid and d.classoid = 'pg_class'::regclass and d.objsubid = a.attnum), '')
from (
  select c.oid,
         c.relname::text,
         c.relkind::text,
         c.relkind in ('r', 'p') and case
           when $2::text is null then row_security_active(c.oid)
           else c.relrowsecurity and (c.relforcerowsecurity or not pg_has_role($2, c.relowner, 'usage'))
             and not (select r.rolsuper or r.rolbypassrls from pg_roles r where r.rolname = $2)
         end as closed,
         array(
           select p from unnest(array['select', 'insert', 'update', 'delete']) p
           where c.relkind in ('r', 'p') and not has_table_privilege($2, c.oid, p)
         ) as lacking,
         array(
           select r.rolname::text from pg_roles r
           where r.rolname = any($3::text[]) and not has_table_privilege(r.oid, c.oid, 'select') order by 1
         ) as closed_to,
         coalesce(d.description, '') as comment
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
  where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f')
  offset 0
) r
left join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
