-- Keys, indexes, foreign keys, triggers and publications of a schema's tables. A partial, deferred or invalid unique index cannot
-- serve `on conflict`, so it counts as a plain index; one over expressions counts for nothing.
select t.relname::text,
       case when i.indisprimary then 'primary'
            when i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null then 'unique'
            else 'index' end,
       x.relname::text,
       array(
         select a.attname::text
         from unnest(i.indkey::smallint[]) with ordinality as k(attnum, place)
         join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
         where k.place <= i.indnkeyatts
         order by k.place
       )
from pg_index i
join pg_class t on t.oid = i.indrelid
join pg_class x on x.oid = i.indexrelid
join pg_namespace n on n.oid = t.relnamespace
where n.nspname = $1 and i.indexprs is null
union all
select t.relname::text, 'foreign', f.conname::text,
       array(
         select a.attname::text
         from unnest(f.conkey) as k(attnum)
         join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
       )
from pg_constraint f
join pg_class t on t.oid = f.conrelid
join pg_namespace n on n.oid = t.relnamespace
where n.nspname = $1 and f.contype = 'f'
union all
-- tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update. One before a row may change it, the others only follow.
select t.relname::text,
       case when g.tgtype & 3 = 3 and g.tgtype & 20 <> 0 then 'trigger' else 'follower' end,
       g.tgname::text, array[]::text[]
from pg_trigger g
join pg_class t on t.oid = g.tgrelid
join pg_namespace n on n.oid = t.relnamespace
where n.nspname = $1 and not g.tgisinternal and g.tgenabled <> 'D' and g.tgtype & 28 <> 0
union all
select p.tablename::text,
       case when r.oid is null then 'published with others' else 'published' end,
       p.pubname::text, array[]::text[]
from pg_publication_tables p
join pg_publication u on u.pubname = p.pubname
left join pg_publication_rel r on r.prpubid = u.oid and r.prrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
where p.schemaname = $1
