//! What should be heard of at once (M-64, ASVS 6.3.5): to the owner of an account a sign-in from somewhere new, or one that
//! stopped at the second factor; to the operators what looks like an attack.
//!
//! A browser that signed in before carries a mark, and programs without one are known by their network and what they call
//! themselves, versions left out. Both are kept as a keyed hash: the table tells nobody where anybody was. Where the operator
//! gives a file of places, countries are kept alike, and the last place of each account is kept sealed.

mod atlas;
mod places;
mod sign_ins;
mod spots;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
mod told;
mod travel;

use std::path::PathBuf;

use guardhouse_core::time::Span;

use crate::kernel::{
    feature::Feature,
    mail::{Template, context},
    settings::{Limit, SectionSpec},
};

const AT: &str = "2026-01-02T03:04:05Z";
const IP: &str = "192.0.2.7";
const LINK: &str = "https://auth.example.com/reset";

/// Tells of a sign-in from somewhere new.
const NEW_SIGN_IN: Template = Template {
    name: "new_sign_in",
    text: include_str!("texts/new_sign_in.txt"),
    html: include_str!("texts/new_sign_in.html"),
    samples: || {
        let none: Option<&str> = None;
        vec![
            context! { at => AT, ip => IP, place => none, news => "device", failures => 0, link => LINK },
            context! { at => AT, ip => IP, place => "Berlin, Germany", news => "country", failures => 3, link => LINK },
            context! { at => AT, ip => IP, place => "Berlin, Germany", news => "travel", failures => 0, link => LINK },
            context! { at => AT, ip => IP, place => none, news => "failures", failures => 3, link => LINK },
        ]
    },
};

/// Tells of a login that stopped at the second factor.
const HALF_DONE: Template = Template {
    name: "half_done",
    text: include_str!("texts/half_done.txt"),
    html: include_str!("texts/half_done.html"),
    samples: || vec![context! { at => AT, ip => IP, link => LINK }],
};

/// Tells the operators.
const ALERT: Template = Template {
    name: "alert",
    text: include_str!("texts/alert.txt"),
    html: include_str!("texts/alert.html"),
    samples: || {
        let none: Option<&str> = None;
        let account = "usr_01h455vb4pex5vsknk084sn02q";
        vec![
            context! { kind => "token_reuse", action => "jwt.refresh_reused", at => AT, account, ip => IP },
            context! { kind => "failed_logins", action => "risk.failed_logins", at => AT, account => none, ip => none },
        ]
    },
};

crate::settings! {
    /// Letters about what happens to accounts, and what looks like an attack.
    pub struct AlertSettings in "alerts" {
        /// Whether a sign-in from a new device and network, or a new country, is told to the owner by mail.
        pub new_sign_in: bool = true,
        /// Letters to one owner about sign-ins.
        pub sign_ins: Limit = Limit::of(10, Span::days(1)),
        /// Letters to one owner about logins that stopped at the second factor.
        pub half_done: Limit = Limit::of(3, Span::days(1)),
        /// A file of cities or countries in the `MaxMind` DB format (`.mmdb`). Without one, places are networks alone.
        pub places: Option<PathBuf> = None,
        /// Two sign-ins farther apart than this many kilometres for each hour between them are impossible travel; 0 asks
        /// nothing. Needs a file of cities.
        pub travel_kmh: u32 = 1_000,
        /// E-mail addresses of operators who are told of alerts. New sign-ins are not among them.
        pub to: Vec<String> = Vec::new(),
        /// Letters to the operators about one kind of alert, of which one account is the matter of one a day at most.
        pub letters: Limit = Limit::of(5, Span::hours(1)),
    }
}

/// See the module.
pub const FEATURE: Feature = Feature {
    migrations: store::MIGRATIONS,
    statements: &[store::ALL],
    settings: || vec![SectionSpec::of::<AlertSettings>().with_check(told::check)],
    opens: atlas::open,
    signs_in: Some(|ctx, sign_in, unit| Box::pin(sign_ins::signs_in(ctx, sign_in, unit))),
    tells: Some(|ctx, raised, unit| Box::pin(told::tells(ctx, raised, unit))),
    sweeps: &[places::SWEEP],
    personal_data: || vec![places::PERSONAL_DATA],
    letters: &[NEW_SIGN_IN, HALF_DONE, ALERT],
    limits: &[told::OPERATORS, told::OWNER, told::SIGN_INS],
    ..Feature::named(
        "alerts",
        "Tell owners of sign-ins from somewhere new, and operators of what looks like an attack.",
    )
};
