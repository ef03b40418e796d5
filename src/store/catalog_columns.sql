-- Every relation of a schema with its columns; a relation without columns has one row with NULLs.
select c.relname::text,
       c.relkind::text,
       c.relkind in ('r', 'p') and row_security_active(c.oid),
       a.attname::text,
       format_type(a.atttypid, a.atttypmod),
       a.attnotnull,
       a.atthasdef or a.attidentity <> '',
       a.attgenerated <> '' or a.attidentity = 'a'
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f')
