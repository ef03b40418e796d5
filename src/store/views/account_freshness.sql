from (
  -- A hole stays one for all days after it: a day that was not read to its end, or none at all.
  select c.*, bool_or(not c.complete or c.is_after_gap) over (partition by c.account_id, c.report order by c.date) as has_hole
  from (
    select c.*,
           coalesce(c.date - lag(c.date) over (partition by c.account_id, c.report order by c.date) > :longest_step, false)
             as is_after_gap
    from {sync_coverage} c
  ) c
) c
group by c.account_id, c.report
