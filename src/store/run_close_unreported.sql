-- Ends the row of a run that made no report. Where somebody asked it to stop, its lease says who and why: nobody is to go on
-- with it.
update {sync_runs}
set finished_at = $2, status = $3, warnings = '[]',
    status_reason = coalesce(
      (select 'stopped by ' || l.stop_by || coalesce(': ' || l.stop_reason, '')
       from {sync_leases} l
       where l.run_id = $1 and l.account_id = '' and l.stop_by is not null and $3 = 'cancelled'),
      $4)
where id = $1 and status = 'running'
