#variable_conflict use_column
declare
  first_day date := $1;
  last_day date := $2;
  wanted text := $3;
  accounts text[] := case when $4 is not null then array(select regexp_replace(trim(id), '^act_', '') from unnest($4) as given(id)) end;
begin
  if first_day is null or last_day is null then
    raise exception 'a day is missing: both since and until are needed'
      using errcode = '22023', hint = 'Give both days, for example ''2026-11-01'' and ''2026-11-30''; both are included.';
  end if;
  if last_day < first_day then
    raise exception 'the days are reversed: % is after %', first_day, last_day
      using errcode = '22023', hint = 'Give the earlier day as since; both days are included.';
  end if;
  if wanted in ('account', 'campaign', 'adset', 'ad') and wanted <> all (array[:levels]) then
    raise exception 'no daily report without breakdowns holds figures of level "%"', wanted
      using errcode = '22023', hint = format('Levels that can be summed here: %s. Another one needs a report of its own in adsync''s configuration.', array_to_string(array[:levels], ', '));
  end if;
:branches
  raise exception 'there is no level "%"', coalesce(wanted, 'NULL')
    using errcode = '22023', hint = format('Levels that can be summed here: %s.', array_to_string(array[:levels], ', '));
end
