//! Alice and Bob, with passwords and an API key made once and kept, so that each start prints the same.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use data_encoding::BASE32_NOPAD;
use guardhouse::{
    Guardhouse,
    features::{
        api_keys::{self, NewKey, Owner},
        users::{self, By, NewUser},
    },
    kernel::{accounts, audit::Who, ctx::Ctx},
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    password::Password,
    secret,
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Where passwords and key are kept, in the data directory.
pub(crate) const FILE: &str = "logins.json";

#[derive(Serialize, Deserialize)]
pub(super) struct Login {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) password: String,
    pub(super) roles: Vec<String>,
    /// A key that may all that the user may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) api_key: Option<String>,
}

/// Who can sign in to a fresh `dev`; the first is the administrator.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Logins(pub(super) Vec<Login>);

impl Logins {
    /// Those of the data directory, made there if there are none; readable by this user alone.
    pub(super) fn keep(data_dir: &Path) -> Result<Self, Failure> {
        let path = data_dir.join(FILE);
        let unusable = |error: &dyn std::fmt::Display| {
            Failure::new(format!("can't use {}: {error}", path.display()))
                .mend("remove it, or begin anew with `guardhouse dev --fresh`")
        };
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| unusable(&error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let logins = Self::make();
                logins.write(&path).map_err(|error| unusable(&error))?;
                Ok(logins)
            }
            Err(error) => Err(unusable(&error)),
        }
    }

    fn make() -> Self {
        let login = |name: &str, roles: &[&str]| Login {
            email: format!("{}@example.com", name.to_lowercase()),
            name: name.to_owned(),
            password: password(),
            roles: roles.iter().map(ToString::to_string).collect(),
            api_key: None,
        };
        Self(vec![login("Alice", &[accounts::ADMIN]), login("Bob", &[])])
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(&serde_json::to_vec_pretty(self)?)
    }

    /// Makes an API key for the first user, unless the one that is kept still works.
    pub(super) async fn give_key(&mut self, guardhouse: &Guardhouse, data_dir: &Path) -> Result<(), Failure> {
        let Some(first) = self.0.first_mut() else { return Ok(()) };
        if !first.ensure_key(guardhouse.ctx()).await? {
            return Ok(());
        }
        let path = data_dir.join(FILE);
        let anew = || fs::remove_file(&path).and_then(|()| self.write(&path));
        anew().map_err(|error| Failure::new(format!("can't write {}: {error}", path.display())))
    }

    /// Makes the accounts that are not there.
    pub(super) async fn seed(&self, guardhouse: &Guardhouse) -> Result<(), Failure> {
        for login in &self.0 {
            let email = EmailAddress::parse(&login.email).map_err(Failure::new)?;
            if accounts::by_email(guardhouse.ctx(), &email).await?.is_none() {
                users::create(guardhouse.ctx(), &By::system(), login.user(email)?).await?;
            }
        }
        Ok(())
    }
}

impl Login {
    /// Whether a new key had to be made.
    async fn ensure_key(&mut self, ctx: &Ctx) -> Result<bool, Failure> {
        if let Some(kept) = &self.api_key
            && api_keys::works(ctx, kept).await?
        {
            return Ok(false);
        }
        let email = EmailAddress::parse(&self.email).map_err(Failure::new)?;
        // Whoever renamed or disabled the user needs no key of theirs.
        let account = accounts::by_email(ctx, &email).await?.filter(|account| account.disabled_at.is_none());
        let Some(account) = account else { return Ok(self.api_key.take().is_some()) };
        let new = NewKey { name: "dev".to_owned(), scopes: vec!["*".to_owned()], ..NewKey::default() };
        let owner = Owner { account: account.id, tenant: None };
        let made = api_keys::create(ctx, owner, &Who::system(), new).await?;
        self.api_key = Some(made.text.to_string());
        Ok(true)
    }

    fn user(&self, email: EmailAddress) -> Result<NewUser, Failure> {
        Ok(NewUser {
            email,
            name: DisplayName::parse(&self.name).map_err(Failure::new)?,
            password: Some(Password::parse(&self.password).map_err(Failure::new)?),
            roles: self.roles.clone(),
            email_verified: true,
        })
    }
}

/// Eighty bits that can be read aloud.
fn password() -> String {
    let text = BASE32_NOPAD.encode(&secret::random::<10>()).to_lowercase();
    let parts: Vec<&str> = (0..4).filter_map(|at| text.get(at * 4..at * 4 + 4)).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_four_groups_and_never_the_same() {
        let one = password();
        assert_eq!(one.len(), 19);
        assert_ne!(one, password());
    }
}
