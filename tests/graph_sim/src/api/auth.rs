//! Who calls: the token by header or parameter, and the proof that the caller knows the app's secret.
use super::error::GraphError;
use super::known::KnownError;
use super::params::Params;
use crate::server::settings::Access;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A call's token and where it stood.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The token.
    pub token: String,
    /// It stood in the `Authorization` header.
    pub is_by_header: bool,
}

/// Finds the token of a call.
pub fn presented(params: &Params, header: Option<&str>) -> Option<Presented> {
    let by_header = header.and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        let is_known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
        is_known.then(|| token.trim().to_owned())
    });
    if let Some(token) = by_header {
        return Some(Presented { token, is_by_header: true });
    }
    let token = params.get("access_token")?.to_owned();
    Some(Presented { token, is_by_header: false })
}

/// Judges a call's token and proof.
pub fn check(
    access: &Access,
    params: &Params,
    presented: Option<&Presented>,
    path: &str,
    now: i64,
) -> Result<(), GraphError> {
    let Some(presented) = presented else {
        if path.starts_with("me") {
            return Err(GraphError::new(
                2500,
                "An active access token must be used to query information about the current user.",
            ));
        }
        return Err(GraphError::new(190, "Invalid OAuth access token - Cannot parse access token"));
    };
    // Facts about a token may be asked with an app token too.
    let is_app = path == "debug_token" && presented.token.contains('|');
    if presented.token != access.token && !is_app {
        return Err(GraphError::new(190, "Invalid OAuth access token - Cannot parse access token"));
    }
    if let Some(error) = &access.refusal {
        return Err(error.clone());
    }
    if access.has_expired(now) && !is_app {
        let row = KnownError::find(Some(190), Some(463), 0);
        return Err(row.map_or_else(|| GraphError::new(190, "Session has expired").subcode(463), |row| row.error(None)));
    }
    match (params.get("appsecret_proof"), &access.app_secret) {
        (Some(given), Some(secret)) if given != proof(secret, &presented.token) => {
            // A secret problem in the clothes of a bad parameter (recorded).
            Err(GraphError::method("Invalid appsecret_proof provided in the API argument"))
        }
        (None, _) if access.requires_proof && !is_app => {
            Err(GraphError::method("API calls from the server require an appsecret_proof argument"))
        }
        _ => Ok(()),
    }
}

/// Computes the proof: lower-case hex of HMAC-SHA256 with the secret as key over the token.
pub fn proof(secret: &str, token: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(token.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
