-- One run ($1). What it takes up, and what took it up, is the schedule's next run before or after
-- it that has one of its accounts, where the later of the two is a resume. What its own row does not tell, its steps do.
select r.id, r.instance, r.schedule, r.trigger, r.due_at, r.started_at, r.finished_at, r.status, r.status_reason,
       coalesce(cardinality(r.accounts), 0)::bigint as accounts, r.since, r.until,
       coalesce(r.api_calls, s.api_calls) as api_calls, coalesce(r.api_retries, s.api_retries) as api_retries,
       coalesce(r.throttled_ms, s.throttled_ms) as throttled_ms, r.usage_peak_pct, r.report_runs::bigint as report_runs, s.splits,
       coalesce(r.rows_read, s.rows_read) as rows_read, coalesce(r.rows_inserted, s.rows_inserted) as rows_inserted,
       coalesce(r.rows_updated, s.rows_updated) as rows_updated,
       coalesce(r.rows_unchanged, s.rows_unchanged) as rows_unchanged,
       coalesce(r.rows_deleted, s.rows_deleted) as rows_deleted,
       r.error_class, r.error_code, r.error_subcode, r.fbtrace_id, r.error, r.advice, r.ticks, r.worker, r.app_version,
       r.api_version, b.id as resumes, case when a.trigger = 'resume' then a.id end as resumed_by
from {sync_runs} r
left join lateral (
  select sum(api_calls)::bigint as api_calls, sum(api_retries)::bigint as api_retries,
         sum(waited_ms)::bigint as throttled_ms, sum(splits)::bigint as splits, sum(rows_read)::bigint as rows_read,
         sum(rows_inserted)::bigint as rows_inserted, sum(rows_updated)::bigint as rows_updated,
         sum(rows_unchanged)::bigint as rows_unchanged, sum(rows_deleted)::bigint as rows_deleted
  from {sync_run_steps}
  where run_id = r.id
) s on true
left join lateral (
  select id from {sync_runs}
  where r.trigger = 'resume' and instance = r.instance and schedule is not distinct from r.schedule
    and status <> 'skipped' and accounts && r.accounts and id < r.id
    and started_at between r.started_at - interval '2 days' and r.started_at
  order by started_at desc, id desc
  limit 1
) b on true
left join lateral (
  select id, trigger from {sync_runs}
  where r.status in ('abandoned', 'cancelled') and instance = r.instance and schedule is not distinct from r.schedule
    and status <> 'skipped' and accounts && r.accounts and id > r.id
    and started_at between r.started_at and r.started_at + interval '2 days'
  order by started_at, id
  limit 1
) a on true
where r.id = $1
