use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use email_address::Options;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::{characters, key};

/// An e-mail address to which mail can be sent: local part as given, domain as lower-case ASCII
/// (IDNA). Equal to another when [`EmailAddress::key`] is, so that one person has one account.
#[derive(Clone)]
pub struct EmailAddress {
    text: String,
    key: String,
    at: usize,
}

/// Why a text is no e-mail address we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Longer than 254 bytes, or the part before the `@` longer than 64 (RFC 5321 section 4.5.3.1).
    #[error("the e-mail address is too long")]
    TooLong,
    /// Not exactly one `@`.
    #[error("an e-mail address has one @")]
    Separator,
    /// The part before the `@` is empty, quoted, or has characters or dots where none may be.
    #[error("the part before the @ is not usable")]
    LocalPart,
    /// Letters of look-alike scripts are mixed (A16).
    #[error("the part before the @ mixes scripts")]
    MixedScripts,
    /// The domain is no host name of the Internet.
    #[error("the domain of the e-mail address is not usable")]
    Domain,
}

impl EmailAddress {
    /// The longest address, in bytes (RFC 5321 section 4.5.3.1.3, erratum 1690).
    pub const MAX_BYTES: usize = 254;
    const MAX_LOCAL_BYTES: usize = 64;

    /// Takes one bare address. Refuses what a mailer or another parser may read differently (A16):
    /// quoted local parts, comments, lists, white space and control characters, look-alikes of
    /// `@` and `.`, IP literals, and domains of a single label except `localhost`.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        if text.len() > Self::MAX_BYTES {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::Separator)?;
        if domain.contains('@') {
            return Err(EmailError::Separator);
        }
        let folded = local_key(local)?;
        let domain = ascii_domain(domain)?;
        let text = format!("{local}@{domain}");
        if text.len() > Self::MAX_BYTES {
            return Err(EmailError::TooLong);
        }
        // The parser of the mail library has its say, so that what we store can be sent. It takes no
        // combining marks beside letters that have no composed form.
        let options = Options::default().without_display_text().without_domain_literal();
        email_address::EmailAddress::parse_with_options(&text, options).map_err(|_| EmailError::LocalPart)?;
        Ok(Self { text, key: format!("{folded}@{domain}"), at: local.len() })
    }

    /// An address that was parsed before and kept with its [`EmailAddress::key`]: rules that grew stricter since make
    /// nobody's account unreadable. `None` where the text has no `@`.
    pub fn kept(text: String, key: String) -> Option<Self> {
        let at = text.find('@')?;
        Some(Self { text, key, at })
    }

    /// The address to which mail is sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form that is unique: NFKC, case-folded, dotless and dotted `i` made one (ruling 28).
    /// Never a place to send mail to.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What stands before the `@`, as given.
    pub fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    /// The domain in lower-case ASCII.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }
}

/// Checks the local part and folds it; what folding makes of it must stand the same checks.
fn local_key(local: &str) -> Result<String, EmailError> {
    if local.len() > EmailAddress::MAX_LOCAL_BYTES {
        return Err(EmailError::TooLong);
    }
    let folded = key::fold(local);
    if !characters::is_dot_atom(local) || !characters::is_dot_atom(&folded) {
        return Err(EmailError::LocalPart);
    }
    if characters::mixes_look_alike_scripts(&folded) {
        return Err(EmailError::MixedScripts);
    }
    Ok(folded)
}

fn ascii_domain(domain: &str) -> Result<Cow<'_, str>, EmailError> {
    // UTS 46 would map the ideographic full stop and its kin to a dot.
    if !domain.chars().all(characters::is_label_or_dot) {
        return Err(EmailError::Domain);
    }
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .map_err(|_| EmailError::Domain)?;
    let last = ascii.rsplit('.').next().unwrap_or_default();
    let single = last.len() == ascii.len();
    // A host whose last label starts with a digit is read as an IPv4 address by some (WHATWG URL).
    if last.starts_with(|c: char| c.is_ascii_digit()) || (single && ascii != "localhost") {
        return Err(EmailError::Domain);
    }
    Ok(ascii)
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for EmailAddress {}

impl Hash for EmailAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({:?})", self.text)
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}
