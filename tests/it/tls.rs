//! The encrypted way to the database: a real server with an authority of its own, as Supabase has one.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::binary::Binary;
use crate::support::server::{DataDir, Server, find_programs};
use crate::support::way::{Way, server_of};

/// An authority, and the certificates that it signs.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, PEM.
struct Certificate {
    certificate: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Signs a certificate for a host, which ends so many days from now.
    fn sign(&self, host: &str, days: i64) -> Certificate {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        let now = time::OffsetDateTime::from(std::time::SystemTime::now());
        params.not_before = now - time::Duration::days(30);
        params.not_after = now + time::Duration::days(days);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Certificate { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    fn file(&self, folder: &Path) -> String {
        let file = folder.join("authority.crt");
        std::fs::write(&file, self.0.pem()).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

async fn start() -> Server {
    Server::start(&find_programs(|_| {}).await.unwrap(), &DataDir::Temporary).await.unwrap()
}

/// Switches TLS on, with this certificate.
async fn present(server: &Server, certificate: &Certificate) {
    let data = server.folder().join("data");
    let owner = std::fs::metadata(&data).unwrap();
    for (name, text) in [("server.crt", &certificate.certificate), ("server.key", &certificate.key)] {
        let file = data.join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let mut admin = PgConnection::connect(server.url().expose_secret()).await.unwrap();
    admin.execute("alter system set ssl = on").await.unwrap();
    admin.execute("select pg_reload_conf()").await.unwrap();
    admin.close().await.unwrap();
    // The reload is under way: what counts is that new connections are offered the new certificate.
    let url = format!("{}?sslmode=require", server.url().expose_secret());
    crate::support::until("the encrypted server", async || match PgConnection::connect(&url).await {
        Ok(connection) => connection.close().await.is_ok(),
        Err(_) => false,
    })
    .await;
}

/// `adsync migrate` at this host name, which needs nothing but the database.
fn migrate(server: &Server, host: &str) -> Binary {
    let mut url = url::Url::parse(server.url().expose_secret()).unwrap();
    url.set_host(Some(host)).unwrap();
    Binary::adsync(&["migrate"]).env("DATABASE_URL", url.as_str())
}

/// What a person is told, in one line.
async fn told(binary: Binary) -> String {
    let finished = binary.run().await;
    assert_eq!((finished.code(), finished.stderr.lines().count()), (1, 1), "{finished:?}");
    finished.stderr
}

#[tokio::test]
async fn a_server_is_verified_in_full_against_an_authority_of_its_own() {
    let (server, folder) = (start().await, tempfile::tempdir().unwrap());
    let authority = Authority::new("The authority of this database");
    let ca = authority.file(folder.path());
    let verified = |host: &str| {
        migrate(&server, host).env("ADSYNC__DATABASE__TLS", "verify-full").env("ADSYNC__DATABASE__TLS_CA_FILE", &ca)
    };

    // Without TLS at the server.
    let plain = told(verified("localhost")).await;
    assert!(plain.contains("offers no encrypted connection") && plain.contains("database.tls"), "{plain}");

    present(&server, &authority.sign("localhost", 30)).await;
    let finished = verified("localhost").run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");

    // The right authority, and another name.
    let other = told(verified("127.0.0.1")).await;
    assert!(
        other.contains("is made for another host name (host 127.0.0.1,") && other.contains("DATABASE_URL"),
        "{other}"
    );

    // No authority, or a wrong one.
    let cure = "database.tls_ca_file to the certificate authority of the server; Supabase offers it in the project's Database settings";
    let unknown = told(migrate(&server, "localhost").env("ADSYNC__DATABASE__TLS", "verify-full")).await;
    assert!(
        unknown.contains("is not trusted: it is signed by an authority that this machine does not know"),
        "{unknown}"
    );
    assert!(unknown.contains(cure), "{unknown}");
    let stranger = tempfile::tempdir().unwrap();
    let file = Authority::new("Somebody else").file(stranger.path());
    let wrong = told(verified("localhost").env("ADSYNC__DATABASE__TLS_CA_FILE", file)).await;
    assert!(wrong.contains("is not trusted") && wrong.contains(cure), "{wrong}");

    // Encrypted and unverified only where somebody wrote it, and named no authority: then that is asked, whatever the host.
    let required = || migrate(&server, "127.0.0.1").env("ADSYNC__DATABASE__TLS", "require");
    assert_eq!(required().run().await.code(), 0);
    assert_eq!(required().env("ADSYNC__DATABASE__TLS_CA_FILE", &ca).run().await.code(), 0);
    let file = Authority::new("A third one").file(stranger.path());
    let wrong = told(required().env("ADSYNC__DATABASE__TLS_CA_FILE", file)).await;
    assert!(wrong.contains("is not trusted") && wrong.contains(cure), "{wrong}");
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_told() {
    let (server, folder) = (start().await, tempfile::tempdir().unwrap());
    let authority = Authority::new("The authority of this database");
    present(&server, &authority.sign("localhost", -1)).await;
    let binary = migrate(&server, "localhost").env("ADSYNC__DATABASE__TLS", "verify-full");
    let expired = told(binary.env("ADSYNC__DATABASE__TLS_CA_FILE", authority.file(folder.path()))).await;
    assert!(expired.contains("the database's certificate has expired") && expired.contains("Renew"), "{expired}");
    server.stop().await;
}

#[tokio::test]
async fn beyond_loopback_a_server_is_verified_although_nothing_says_so() {
    let server = start().await;
    let authority = Authority::new("The authority of this database");
    // A name that is not known to be loopback.
    let strict = told(migrate(&server, "LOCALHOST")).await;
    assert!(strict.contains("offers no encrypted connection"), "{strict}");
    present(&server, &authority.sign("localhost", 30)).await;
    let strict = told(migrate(&server, "LOCALHOST")).await;
    assert!(strict.contains("is not trusted"), "{strict}");
    // Loopback goes without, also to a server that would encrypt.
    let way = Way::open(0, server_of(server.url().expose_secret())).await;
    let url = way.url(server.url().expose_secret());
    let finished = Binary::adsync(&["migrate"]).env("DATABASE_URL", url).run().await;
    assert_eq!(finished.code(), 0, "{finished:?}");
    server.stop().await;
}
