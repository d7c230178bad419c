//! What is allowed and yet worth a word at the start.

use std::net::IpAddr;

use guardhouse_core::jose::Algorithm;

use crate::kernel::settings::{Problem, Profile, Settings};

impl Settings {
    /// What is allowed and yet worth a word at the start.
    pub fn warnings(&self) -> Vec<Problem> {
        let mut warnings = Vec::new();
        if self.profile >= Profile::Production && self.mail.smtp_url.is_empty() {
            let mend = "set mail.smtp_url and mail.from";
            warnings.push(Problem::new("mail.smtp_url", "nobody can get a mail to set a new password", mend));
        }
        if self.tokens.algorithm == Algorithm::Hs256 {
            let what = "whoever can check tokens with the shared secret can also make them";
            let mend = "use ES256 where the services that check tokens allow it";
            warnings.push(Problem::new("tokens.algorithm", what, mend));
        }
        if let Some(listen) = self.server.admin_listen.filter(|listen| !is_private(listen.ip())) {
            let what = format!("whoever reaches {listen} reads the metrics, without a credential");
            let mend = "listen on loopback or a private address, or let nobody else through to the port";
            warnings.push(Problem::new("server.admin_listen", what, mend));
        }
        warnings
    }
}

/// An address of this machine or of a network that the world does not route. The unspecified one means all of them.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
