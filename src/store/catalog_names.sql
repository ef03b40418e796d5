-- Names of a schema ($1) that no table, view or index can have because something else has them. A table's own row type and
-- the types of arrays make way by themselves.
select c.relname::text, case c.relkind when 'S' then 'a sequence' when 'c' then 'a type' else 'an index' end
from pg_class c
where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.relkind not in ('r', 'p', 'v', 'm', 'f')
union
select t.typname::text, case t.typtype when 'd' then 'a domain' else 'a type' end
from pg_type t
where t.typnamespace = (select oid from pg_namespace where nspname = $1) and t.typrelid = 0
  and not exists (select from pg_type e where e.typarray = t.oid)
