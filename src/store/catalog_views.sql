-- The views of a schema ($1): columns in order, comment, what else depends on each, who else may read it, and which of the
-- roles that are to ($2) may not.
select c.relname::text,
       coalesce(obj_description(c.oid, 'pg_class'), ''),
       '',
       array(
         select a.attname::text from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
       ),
       array(
         select format_type(a.atttypid, a.atttypmod) from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
       ),
       array(
         select distinct coalesce(v.oid::regclass::text, pg_describe_object(d.classid, d.objid, 0))
         from pg_depend d
         left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
         left join pg_class v on v.oid = r.ev_class
         where d.deptype in ('n', 'a') and v.oid is distinct from c.oid
           and (d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
                or d.refclassid = 'pg_type'::regclass and d.refobjid in (c.reltype, (select t.typarray from pg_type t where t.oid = c.reltype)))
       ),
       array(
         select coalesce(g.rolname::text, '')
         from aclexplode(c.relacl) x
         left join pg_roles g on g.oid = x.grantee
         where x.privilege_type = 'SELECT' and x.grantee <> c.relowner
       ),
       array(
         select r.rolname::text from pg_roles r
         where r.rolname = any($2::text[]) and not has_table_privilege(r.oid, c.oid, 'select') order by 1
       )
from pg_class c
where c.relkind = 'v' and c.relnamespace = (select oid from pg_namespace where nspname = $1)
