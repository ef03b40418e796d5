//! Who asks: the token as a header, the proof of the app's secret. Nothing of it is ever printed.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::Credentials;
use super::error::{Class, Error};

/// What proves who asks.
pub(super) struct Identity {
    pub bearer: HeaderValue,
    pub proof: Option<SecretString>,
    /// What the budgets of its app go by.
    pub app: String,
    /// Tells tokens apart without being one.
    pub fingerprint: u128,
    token: SecretString,
    app_secret: Option<SecretString>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// Makes the header and the proof of a token.
    pub(super) fn new(credentials: &Credentials) -> Result<Self, Error> {
        let token = credentials.token.expose_secret();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| Error::plain(Class::Auth, "the access token has a character that no token has"))?;
        bearer.set_sensitive(true);
        let proof = credentials.app_secret.as_ref().map(|secret| proof(secret.expose_secret(), token)).transpose()?;
        Ok(Self {
            bearer,
            proof,
            app: credentials.app.clone(),
            fingerprint: xxhash_rust::xxh3::xxh3_128(token.as_bytes()),
            token: credentials.token.clone(),
            app_secret: credentials.app_secret.clone(),
        })
    }

    /// The token itself, for the one question that is about it.
    pub(super) fn token(&self) -> &str {
        self.token.expose_secret()
    }

    /// Everything that must never stand in a message, as it is and as addresses and JSON write it.
    pub(super) fn secrets(&self) -> Vec<String> {
        let optional = [self.proof.as_ref(), self.app_secret.as_ref()];
        let plain = std::iter::once(&self.token).chain(optional.into_iter().flatten());
        let mut secrets = Vec::new();
        for secret in plain.map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            secrets.extend([secret.to_owned(), secret.replace('/', "\\/"), encoded.replace('+', "%20"), encoded]);
        }
        secrets
    }
}

/// Lower-case hex of HMAC-SHA256 with the app secret as key and the token as message.
fn proof(app_secret: &str, token: &str) -> Result<SecretString, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes())
        .map_err(|_| Error::plain(Class::Auth, "the app secret cannot be used as a key"))?;
    mac.update(token.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_keyed_hash_of_the_token() {
        // Reference value: printf %s token | openssl dgst -sha256 -hmac secret
        let proof = proof("secret", "token").unwrap();
        assert_eq!(proof.expose_secret(), "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a");
    }

    #[test]
    fn a_secret_is_known_in_every_way_of_writing_it() {
        let credentials =
            Credentials { name: String::new(), app: String::new(), token: "EA|b/c+d".into(), app_secret: None };
        let secrets = Identity::new(&credentials).unwrap().secrets();
        for written in ["EA|b/c+d", "EA%7Cb%2Fc%2Bd", "EA|b\\/c+d"] {
            assert!(secrets.iter().any(|secret| secret == written), "{written}");
        }
    }

    #[test]
    fn a_token_that_no_header_can_hold_is_refused_without_being_repeated() {
        let credentials =
            Credentials { name: String::new(), app: String::new(), token: "EAAB\nsecret".into(), app_secret: None };
        let error = Identity::new(&credentials).unwrap_err();
        assert_eq!(error.class, Class::Auth);
        assert!(!error.to_string().contains("secret"));
    }
}
