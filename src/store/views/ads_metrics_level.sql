  if wanted = :level then
    return query
    select :ids, :id, :name, s.currency,
      :figures,
      100 * s.clicks / nullif(s.impressions, 0),
      s.spend / nullif(s.clicks, 0),
      1000 * s.spend / nullif(s.impressions, 0),
      s.spend / nullif(s.leads, 0),
      s.spend / nullif(s.purchases, 0),
      s.spend / nullif(s.messaging_conversations, 0),
      s.purchase_value / nullif(s.spend, 0):own
    from (
      select :sums
      from :rows i
      where i.date between first_day and last_day and (accounts is null or i.account_id = any (accounts))
      group by :group
    ) s:join
    order by s.spend desc, :id;
    return;
  end if;
