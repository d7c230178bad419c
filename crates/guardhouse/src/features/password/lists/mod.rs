//! Lists of passwords that nobody may choose, beside the built-in one (M-14, ASVS 6.2.4, 6.2.12): the operator's own
//! file, and those seen in breaches, in a local file or at a range service that learns five characters of a digest.

mod file;

use std::{collections::HashSet, fs, path::PathBuf, time::Duration};

use guardhouse_core::password::{Password, parse_range_answer, sha1_range};
use http::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::settings::PolicySettings;
use crate::kernel::{
    opened::{OpenError, Opened},
    outbound::{Call, Outbound, OutboundError},
    settings::Settings,
};
use file::DigestFile;

/// A range with padding has some 40 KiB.
const MOST_BYTES: usize = 512 * 1024;
/// Nobody waits longer than this to register because of another's service.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the lists cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The blocklist cannot be read.
    #[error("password.blocklist: {file}: {cause}", file = .0.display(), cause = .1)]
    Blocklist(PathBuf, std::io::Error),
    /// The file of digests cannot be read or is none.
    #[error("password.breached_check: {file}: {cause}", file = .0.display(), cause = .1)]
    Digests(PathBuf, std::io::Error),
    /// The range service may not be called.
    #[error("password.breached_url: {0}")]
    Url(OutboundError),
}

/// Why nobody can say whether a password was seen in a breach.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// The range service gave no answer.
    #[error("the range service: {0}")]
    Service(#[from] OutboundError),
    /// It answered something else than a range.
    #[error("the range service answered {0}")]
    Status(http::StatusCode),
    /// The file gave none.
    #[error("the file of digests: {0}")]
    File(#[from] std::io::Error),
}

/// Opens them before the start.
pub(super) fn open(settings: &Settings, outbound: &Outbound, opened: &mut Opened) -> Result<(), OpenError> {
    opened.add(PasswordLists::open(settings.of::<PolicySettings>(), outbound.clone())?);
    Ok(())
}

/// See the module.
pub struct PasswordLists {
    blocked: HashSet<Box<str>>,
    breached: Breached,
    outbound: Outbound,
}

enum Breached {
    Off,
    Online(String),
    File(DigestFile),
}

impl PasswordLists {
    /// Reads the blocklist, and looks whether the list of breaches can be asked.
    ///
    /// # Errors
    /// [`ListError`]: it refuses to start rather than check nothing.
    pub fn open(settings: &PolicySettings, outbound: Outbound) -> Result<Self, ListError> {
        let breached = match settings.breached_check.as_str() {
            "off" => Breached::Off,
            "online" => {
                let _ = outbound.check(&settings.breached_url).map_err(ListError::Url)?;
                Breached::Online(settings.breached_url.clone())
            }
            path => Breached::File(DigestFile::open(path).map_err(|error| ListError::Digests(path.into(), error))?),
        };
        Ok(Self { blocked: blocked(&settings.blocklist)?, breached, outbound })
    }

    /// Whether the operator's list has the password; it knows no case.
    pub fn blocked(&self, password: &Password) -> bool {
        if self.blocked.is_empty() {
            return false;
        }
        let text = Zeroizing::new(String::from_utf8_lossy(password.as_bytes()).to_lowercase());
        self.blocked.contains(text.as_str())
    }

    /// Whether the password was seen in a breach; `None` where that is not looked at.
    ///
    /// # Errors
    /// [`Unknown`] where the list cannot be asked at the moment.
    pub async fn breached(&self, password: &Password) -> Result<Option<bool>, Unknown> {
        let (prefix, suffix) = sha1_range(password);
        match &self.breached {
            Breached::Off => Ok(None),
            Breached::Online(url) => self.online(&format!("{url}{prefix}"), &suffix).await.map(Some),
            Breached::File(file) => {
                let (file, digest) = (file.clone(), format!("{prefix}{suffix}"));
                // Some thirty reads at places far apart: not for a thread that serves requests.
                let found = tokio::task::spawn_blocking(move || file.contains(&digest)).await;
                Ok(Some(found.map_err(std::io::Error::other)??))
            }
        }
    }

    async fn online(&self, url: &str, suffix: &str) -> Result<bool, Unknown> {
        // Without padding the length of the answer would tell which range it was.
        let padding = (HeaderName::from_static("add-padding"), HeaderValue::from_static("true"));
        let call = Call::get(url).header(padding.0, padding.1).at_most(MOST_BYTES).within(PATIENCE);
        let reply = self.outbound.send(call).await?;
        if reply.status != http::StatusCode::OK {
            return Err(Unknown::Status(reply.status));
        }
        Ok(parse_range_answer(&String::from_utf8_lossy(&reply.body), suffix) > 0)
    }
}

fn blocked(setting: &str) -> Result<HashSet<Box<str>>, ListError> {
    if matches!(setting, "built-in" | "off") {
        return Ok(HashSet::new());
    }
    let text = fs::read(setting).map_err(|error| ListError::Blocklist(setting.into(), error))?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().filter(|line| !line.is_empty()).map(|line| line.to_lowercase().into()).collect())
}
