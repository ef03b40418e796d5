-- The functions of a schema ($1): arguments in order, result, comment, what else depends on each, who else may run it, and which of
-- the roles that are to read ($2) may not. A row's type is named by its relation alone where that is in the same schema.
select p.proname::text,
       coalesce(obj_description(p.oid, 'pg_proc'), ''),
       coalesce(pg_get_function_result(p.oid), ''),
       array(
         select coalesce(r.relname::text, format_type(t.oid, null))
         from unnest(p.proargtypes::oid[]) with ordinality as a(type_oid, place)
         join pg_type t on t.oid = a.type_oid
         left join pg_class r on r.oid = t.typrelid and r.relnamespace = p.pronamespace
         order by a.place
       ),
       array[]::text[],
       array(
         select distinct coalesce(v.oid::regclass::text, pg_describe_object(d.classid, d.objid, 0))
         from pg_depend d
         left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
         left join pg_class v on v.oid = r.ev_class
         where d.deptype in ('n', 'a') and d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
       ),
       array(
         select coalesce(g.rolname::text, '')
         from aclexplode(p.proacl) x
         left join pg_roles g on g.oid = x.grantee
         where x.privilege_type = 'EXECUTE' and x.grantee <> p.proowner
       ),
       array(
         select r.rolname::text from pg_roles r
         where r.rolname = any($2::text[]) and not has_function_privilege(r.oid, p.oid, 'execute') order by 1
       )
from pg_proc p
where p.pronamespace = (select oid from pg_namespace where nspname = $1)
