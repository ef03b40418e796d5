-- What may refuse a row of a schema's ($1) tables: unique indexes, checks and exclusions. Columns come three times: the plain
-- ones of the key in order, all that count for it, and those of the key in which rows differ where nobody fills them: an
-- empty one, or a default that is another one each time.
select t.relname::text,
       case when i.indisunique then 'unique' else 'exclusion' end,
       x.relname::text,
       exists (select from pg_constraint c where c.conindid = x.oid and c.contype in ('p', 'u', 'x')),
       k.plain,
       k.plain || array(
         select distinct a.attname::text
         from pg_depend d
         join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
         where a.attname <> all(k.plain) and (i.indexprs is not null or i.indpred is not null)
           and d.classid = 'pg_class'::regclass and d.objid = x.oid and d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid
       ),
       k.fresh
from pg_index i
join pg_class t on t.oid = i.indrelid
join pg_class x on x.oid = i.indexrelid
cross join lateral (
  select coalesce(array_agg(a.attname::text order by p.place) filter (where p.attnum > 0), '{}') as plain,
         coalesce(array_agg(coalesce(a.attname::text, '')) filter (where case
           when a.attidentity <> '' or pg_get_expr(e.adbin, e.adrelid) ~* '(nextval|uuid|random)' then true
           when i.indnullsnotdistinct or a.atthasdef then false
           when p.attnum = 0 then pg_get_indexdef(x.oid, p.place::int, false) !~* '(coalesce|case|concat| is )'
           else true
         end), '{}') as fresh
  from unnest(i.indkey::smallint[]) with ordinality as p(attnum, place)
  left join pg_attribute a on a.attrelid = t.oid and a.attnum = p.attnum and p.attnum > 0
  left join pg_attrdef e on e.adrelid = t.oid and e.adnum = p.attnum and a.attgenerated = ''
  where p.place <= i.indnkeyatts
) k
where t.relnamespace = (select oid from pg_namespace where nspname = $1) and t.relkind = 'r'
  and (i.indisunique or i.indisexclusion)
union all
-- A check of the whole row mentions every column.
select t.relname::text, 'check', c.conname::text, true, '{}',
       array(
         select a.attname::text from pg_attribute a
         where a.attrelid = t.oid and a.attnum > 0 and (a.attnum = any(c.conkey) or 0 = any(c.conkey))
       ),
       '{}'
from pg_constraint c
join pg_class t on t.oid = c.conrelid
where t.relnamespace = (select oid from pg_namespace where nspname = $1) and t.relkind = 'r' and c.contype = 'c'
order by 1, 2, 3
