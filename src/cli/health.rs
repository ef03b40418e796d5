//! `adsync health`: asks the running daemon; for a container's health check.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::config::Settings;

use super::Failed;
use super::output::{complain, say};

/// Arguments of `health`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  adsync health                         exit status 0: it lives
  adsync health --ready                 exit status 0: database, schema and scheduler are well, too")]
pub(super) struct Args {
    /// Ask whether it can work (/readyz), not only whether it lives (/healthz)
    #[arg(long)]
    ready: bool,
}

pub(super) async fn health(args: &Args, settings: Settings) -> Result<(), Failed> {
    let url = format!("http://{}/{}", near(settings.web.listen), if args.ready { "readyz" } else { "healthz" });
    let asked = async {
        // Longer than the daemon takes to find out that its database is silent.
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(9)).build()?;
        let answer = http.get(&url).send().await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
    };
    rustls::crypto::ring::default_provider().install_default().ok();
    match asked.await {
        Ok((status, text)) if status.is_success() => {
            say(text.trim());
            Ok(())
        }
        Ok((status, text)) => {
            complain(&format!("{status}: {}", text.trim()));
            Err(Failed::Told)
        }
        Err(error) => {
            let what = if error.is_timeout() { "does not answer" } else { "cannot be reached" };
            complain(&format!("the daemon {what} at {url}; start it with `adsync run`, or check web.listen"));
            Err(Failed::Told)
        }
    }
}

/// An address that binds everywhere is reached on loopback.
fn near(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
