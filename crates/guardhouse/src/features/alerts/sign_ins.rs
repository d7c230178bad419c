//! What is news about a sign-in.

use guardhouse_core::time::Timestamp;
use guardhouse_store::Unit;

use super::{
    AlertSettings, NEW_SIGN_IN,
    atlas::{Atlas, Spot},
    places::Place,
    spots, told, travel,
};
use crate::kernel::{
    alerts::{Alert, raise},
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::Result,
    limits::network,
    login::SignIn,
    mail::{Letter, context},
};

/// Why the owner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// A country that was not seen before.
    Country,
    /// A device and a network that were not.
    Device,
    /// The proof was right after several wrong ones.
    Failures,
    /// Too far from the last one to have travelled.
    Travel,
}

impl News {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Device => "device",
            Self::Failures => "failures",
            Self::Travel => "travel",
        }
    }
}

/// Where the account is and was.
struct Way {
    spot: Spot,
    last: Option<(Spot, Timestamp)>,
    country_known: bool,
}

/// Remembers from where it is, and tells the owner where that is news. The first sign-in is none.
pub(super) async fn signs_in(ctx: &Ctx, sign_in: &SignIn<'_>, unit: Unit) -> Result<Unit> {
    let account = sign_in.account.id;
    let place = Place::of_program(ctx, account, sign_in.client);
    let known = sign_in.known_device || place.is_known(ctx, account).await?;
    let mut unit = place.seen(ctx, unit, account);
    let way = match ctx.opened.of::<Atlas>().spot(sign_in.client.ip) {
        Some(spot) => Some(way(ctx, sign_in, spot, &mut unit).await?),
        None => None,
    };
    if sign_in.account.last_login_at.is_none() {
        return Ok(unit);
    }
    let (unit, too_far) = match &way {
        Some(way) => travelled(ctx, sign_in, way, unit)?,
        None => (unit, false),
    };
    let Some(news) = news(ctx, sign_in, known, way.as_ref(), too_far) else { return Ok(unit) };
    tell(ctx, sign_in, news, way.map(|way| way.spot), unit).await
}

async fn way(ctx: &Ctx, sign_in: &SignIn<'_>, spot: Spot, unit: &mut Unit) -> Result<Way> {
    let account = sign_in.account.id;
    let country = Place::of_country(ctx, account, &spot);
    let (country_known, last) = (country.is_known(ctx, account).await?, spots::last(ctx, account).await?);
    let added = country.seen(ctx, std::mem::take(unit), account);
    *unit = spots::moved(ctx, added, account, &spot)?;
    Ok(Way { spot, last, country_known })
}

/// Whether nobody travels so fast as this account did, which is an alert of its own. Browsers that are known are where
/// their tunnel ends.
fn travelled(ctx: &Ctx, sign_in: &SignIn<'_>, way: &Way, unit: Unit) -> Result<(Unit, bool)> {
    let Some((from, at)) = way.last.as_ref().filter(|_| !sign_in.known_device) else { return Ok((unit, false)) };
    let Some((start, end)) = from.position.zip(way.spot.position) else { return Ok((unit, false)) };
    let (time, most) = (ctx.now().since(*at), ctx.settings.of::<AlertSettings>().travel_kmh);
    let Some(kilometres) = travel::too_far(start, end, time, most) else { return Ok((unit, false)) };
    let event = Event::new("alerts.impossible_travel", Outcome::Success)
        .subject(sign_in.account.id)
        .client(sign_in.client)
        .detail("from", &from.name)
        .detail("to", &way.spot.name)
        .detail("kilometres", kilometres)
        .detail("within", time);
    Ok((raise(ctx, Alert::ImpossibleTravel, event, unit)?, true))
}

fn news(ctx: &Ctx, sign_in: &SignIn<'_>, known: bool, way: Option<&Way>, too_far: bool) -> Option<News> {
    // Where no country was kept yet, as before the file was given, none is new.
    if way.is_some_and(|way| way.last.is_some() && !way.country_known) {
        return Some(News::Country);
    }
    if !known {
        return Some(News::Device);
    }
    // Owners mistype on their own devices.
    if sign_in.known_device {
        return None;
    }
    if too_far {
        return Some(News::Travel);
    }
    (sign_in.failures >= i64::from(ctx.settings.risk.account)).then_some(News::Failures)
}

async fn tell(ctx: &Ctx, sign_in: &SignIn<'_>, news: News, spot: Option<Spot>, unit: Unit) -> Result<Unit> {
    let place = spot.map(|spot| spot.name);
    let event = Event::new("alerts.new_sign_in", Outcome::Success)
        .subject(sign_in.account.id)
        .client(sign_in.client)
        .detail("news", news.as_str())
        .detail("failures", sign_in.failures);
    let event = place.iter().fold(event, |event, place| event.detail("place", place));
    let unit = raise(ctx, Alert::NewSignIn, event, unit)?;
    let wanted = ctx.settings.of::<AlertSettings>().new_sign_in;
    if !wanted || !network::charge_silently(ctx, told::SIGN_INS, &sign_in.account.id.bytes()).await? {
        return Ok(unit);
    }
    let (at, ip, link) = (ctx.now().to_string(), sign_in.client.ip.to_string(), ctx.links.to("reset"));
    let (news, failures) = (news.as_str(), sign_in.failures);
    let shown = context! { at, ip, place, news, failures, link };
    ctx.mail.enqueue(ctx, unit, &Letter::new(sign_in.account.email.clone(), &NEW_SIGN_IN, shown))
}
