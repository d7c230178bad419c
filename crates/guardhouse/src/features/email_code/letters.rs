//! The letter with the code.

use guardhouse_store::Unit;

use crate::kernel::{
    accounts::Account,
    ctx::Ctx,
    errors::Result,
    http::client::Client,
    mail::{Letter, Template, context},
};

const LOGIN_CODE: Template = Template {
    name: "login_code",
    text: include_str!("texts/login_code.txt"),
    html: include_str!("texts/login_code.html"),
    samples: || {
        vec![context! { code => "123456", valid => "5m", ip => "192.0.2.7", link => "https://auth.example.com/reset" }]
    },
};

/// Carries the code that shows that codes arrive.
pub(super) const ENROL_CODE: Template = Template {
    name: "enrol_code",
    text: include_str!("texts/enrol_code.txt"),
    html: include_str!("texts/enrol_code.html"),
    samples: || vec![context! { code => "123456", valid => "10m" }],
};

pub(super) const ALL: &[Template] = &[LOGIN_CODE, ENROL_CODE];

/// Adds the code of a login. Whoever did not ask for it should know that somebody has the password (ASVS 6.3.5).
pub(super) fn login_code(
    ctx: &Ctx,
    unit: Unit,
    account: &Account,
    (code, valid): (&str, String),
    client: &Client,
) -> Result<Unit> {
    let (ip, link) = (client.ip.to_string(), ctx.links.to("reset"));
    let context = context! { code, valid, ip, link };
    ctx.mail.enqueue(ctx, unit, &Letter::new(account.email.clone(), &LOGIN_CODE, context))
}
