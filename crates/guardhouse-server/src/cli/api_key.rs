//! `api-key`: what machines sign in with.

use clap::{Args, Subcommand};
use guardhouse::features::api_keys::{Changes, NewKey};
use guardhouse_core::{
    ids::ApiKeyId,
    time::{Clock, Span, Timestamp},
};

use super::Context;
use crate::{
    data::{ServerOptions, owners_alone, with_data},
    failure::Failure,
};

const COLUMNS: [&str; 7] = ["id", "name", "prefix", "scopes", "expires_at", "last_used_at", "use_count"];

/// What to do with API keys. USER is an e-mail address or an id.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse api-key create --user alice@example.com --name ci --scope documents:read --expires 90d
  guardhouse api-key list alice@example.com
  guardhouse api-key rotate key_01h455vb4pex5vsknk084sn02q --overlap 1h
  guardhouse api-key delete key_01h455vb4pex5vsknk084sn02q")]
pub(super) enum ApiKey {
    /// Make a key for a user and print it, this once
    Create(Create),
    /// List a user's keys, the newest first
    #[command(after_help = "Examples:\n  guardhouse api-key list alice@example.com --format json")]
    List {
        /// E-mail address or id
        user: String,
    },
    /// Show one key, but never its secret
    #[command(after_help = "Examples:\n  guardhouse api-key show key_01h455vb4pex5vsknk084sn02q")]
    Show(One),
    /// Change a key; a running server knows within a second
    Update(Update),
    /// Give a key a new secret and print it, this once
    Rotate(Rotate),
    /// Revoke a key; a running server refuses it within a second
    #[command(after_help = "Examples:
  guardhouse api-key delete key_01h455vb4pex5vsknk084sn02q
  guardhouse api-key delete key_01h455vb4pex5vsknk084sn02q --user alice@example.com --server https://auth.example.com")]
    Delete(One),
}

/// A key that is there.
#[derive(Args, Debug)]
pub(super) struct One {
    /// The key's id
    key: ApiKeyId,
    /// Whose it is: e-mail address or id; a server has to be told
    #[arg(long)]
    user: Option<String>,
}

/// What a key may and how often.
#[derive(Args, Debug)]
struct Bounds {
    /// What it may, as `documents:read` or `documents:*`; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A network or IP address to use it from; may be given several times
    #[arg(long = "network", value_name = "NETWORK")]
    networks: Vec<String>,
    /// When it ends: a time as 2027-01-01T00:00:00Z, or from now on as 90d
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// How often it may be used, as 1000/1m; `off` for the server's own limit
    #[arg(long, value_name = "LIMIT")]
    rate_limit: Option<String>,
    /// How often over a long time, as 100000/30d; `off` for the server's own quota
    #[arg(long, value_name = "LIMIT")]
    quota: Option<String>,
}

/// Makes a key.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse api-key create --user alice@example.com --name ci --scope documents:read --expires 90d
  guardhouse api-key create --user alice@example.com --name deploy --scope '*' --network 10.0.0.0/8")]
pub(super) struct Create {
    /// Whose it is to be: e-mail address or id
    #[arg(long)]
    user: String,
    /// What to call it
    #[arg(long)]
    name: String,
    #[command(flatten)]
    bounds: Bounds,
}

/// Changes a key.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse api-key update key_01h455vb4pex5vsknk084sn02q --scope documents:read   # all scopes from now on
  guardhouse api-key update key_01h455vb4pex5vsknk084sn02q --expires 90d
  guardhouse api-key update key_01h455vb4pex5vsknk084sn02q --suspended false")]
pub(super) struct Update {
    /// The key's id
    key: ApiKeyId,
    /// What to call it
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    bounds: Bounds,
    /// Take all scopes away
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,
    /// Let it be used from anywhere
    #[arg(long, conflicts_with = "networks")]
    no_networks: bool,
    /// Whether it opens nothing for the time being
    #[arg(long, value_name = "true or false")]
    suspended: Option<bool>,
}

/// Gives a key a new secret.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse api-key rotate key_01h455vb4pex5vsknk084sn02q
  guardhouse api-key rotate key_01h455vb4pex5vsknk084sn02q --overlap 0s   # the old secret ends at once")]
pub(super) struct Rotate {
    /// The key's id
    key: ApiKeyId,
    /// How long the old secret works as well; an hour unless told
    #[arg(long, value_name = "TIME")]
    overlap: Option<Span>,
}

impl ApiKey {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        match self {
            Self::Create(_) | Self::Update(_) | Self::Rotate(_) if server.is_there() => Err(owners_alone()),
            Self::Show(One { user: None, .. }) | Self::Delete(One { user: None, .. }) if server.is_there() => {
                Err(Failure::usage("a server is asked for a user's key").mend("name the user: --user USER"))
            }
            Self::Create(verb) => {
                let (user, new) = verb.read()?;
                with_data(context, server, async |data| out.record(&data.create_api_key(&user, new).await?))
            }
            Self::List { user } => with_data(context, server, async |data| {
                out.table(&data.api_keys(&user).await?, &COLUMNS, "This user has no API keys.")
            }),
            Self::Show(One { key, user }) => {
                with_data(context, server, async |data| out.record(&data.api_key(key, user.as_deref()).await?))
            }
            Self::Update(verb) => {
                let (key, changes) = verb.read()?;
                with_data(context, server, async |data| out.record(&data.update_api_key(key, changes).await?))
            }
            Self::Rotate(Rotate { key, overlap }) => {
                with_data(context, server, async |data| out.record(&data.rotate_api_key(key, overlap).await?))
            }
            Self::Delete(One { key, user }) => with_data(context, server, async |data| {
                data.revoke_api_key(key, user.as_deref()).await?;
                out.line(format!("API key {key} is revoked."))
            }),
        }
    }
}

impl Bounds {
    fn expires_at(&self) -> Result<Option<Timestamp>, Failure> {
        let Some(text) = &self.expires else { return Ok(None) };
        let later = text.parse::<Span>().map(|span| Clock::system().now() + span);
        later.or_else(|_| text.parse()).map(Some).map_err(|_| {
            Failure::usage(format!("--expires: `{text}` is neither a time nor a length of time"))
                .mend("write 2027-01-01T00:00:00Z, or 90d")
        })
    }
}

impl Create {
    fn read(self) -> Result<(String, NewKey), Failure> {
        let expires_at = self.bounds.expires_at()?;
        let Bounds { scopes, networks, rate_limit, quota, .. } = self.bounds;
        Ok((self.user, NewKey { name: self.name, scopes, expires_at, allowed_networks: networks, rate_limit, quota }))
    }
}

impl Update {
    fn read(self) -> Result<(ApiKeyId, Changes), Failure> {
        let expires_at = self.bounds.expires_at()?;
        let Bounds { scopes, networks, rate_limit, quota, .. } = self.bounds;
        let given = |list: Vec<String>, none: bool| (none || !list.is_empty()).then_some(list);
        let changes = Changes {
            name: self.name,
            scopes: given(scopes, self.no_scopes),
            expires_at,
            allowed_networks: given(networks, self.no_networks),
            rate_limit,
            quota,
            suspended: self.suspended,
        };
        if changes.is_empty() {
            return Err(Failure::usage("nothing to change").mend("see `guardhouse api-key update --help`"));
        }
        Ok((self.key, changes))
    }
}
