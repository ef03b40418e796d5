//! A cron expression: it is taken or refused, and what it falls due at lies where it should.
#![no_main]

use adsync::schedule::{Cron, Zone};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use libfuzzer_sys::fuzz_target;

const ZONES: [Tz; 4] = [Tz::UTC, Tz::America__Sao_Paulo, Tz::Europe__Berlin, Tz::Australia__Lord_Howe];

fuzz_target!(|data: &[u8]| {
    let Some((head, rest)) = data.split_first_chunk::<5>() else { return };
    let text = String::from_utf8_lossy(rest);
    text.parse::<Zone>().ok();
    let Ok(cron) = Cron::parse(&text) else { return };
    let zone = ZONES[usize::from(head[0]) % ZONES.len()];
    // Any second from 2020 to 2088, those of a change of clocks among them.
    let seconds = u32::from_be_bytes([head[1] & 0x7f, head[2], head[3], head[4]]);
    let now: DateTime<Utc> = DateTime::from_timestamp(1_577_836_800 + i64::from(seconds), 0).unwrap();
    if let Some(next) = cron.next_after(now, zone) {
        assert!(next > now, "{cron} in {zone} after {now}: {next}");
        // The last one until then is it, and there is none in between.
        assert_eq!(cron.latest_until(next, zone), Some(next), "{cron} in {zone} after {now}");
        if let Some(before) = cron.latest_until(next - TimeDelta::seconds(1), zone) {
            assert!(before <= now, "{cron} in {zone}: {before} is due between {now} and {next}");
        }
    }
    if let Some(last) = cron.latest_until(now, zone) {
        assert!(last <= now, "{cron} in {zone} until {now}: {last}");
    }
});
