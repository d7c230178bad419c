//! What browsers make of options, as `PublicKeyCredential.toJSON()` writes it (`WebAuthn` L3, section 5.1.8).

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};
use webauthn_rs_core::proto::{PublicKeyCredential, RegisterPublicKeyCredential};

use crate::kernel::http::input::{Fault, Field};

/// A new credential.
pub(super) struct Attested(pub(super) RegisterPublicKeyCredential);

/// A credential that signed a challenge.
pub(super) struct Asserted(pub(super) PublicKeyCredential);

fn read<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    let wrong = || Fault::new("INVALID_CREDENTIAL", "Send what the credential's toJSON() gives.");
    if value.get("type").and_then(Value::as_str) != Some("public-key") {
        return Err(wrong());
    }
    serde_json::from_value(value).map_err(|_| wrong())
}

fn schema() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Object).into()
}

impl Field for Attested {
    fn read(value: Value) -> Result<Self, Fault> {
        read(value).map(Self)
    }
    fn schema() -> RefOr<Schema> {
        schema()
    }
}

impl Field for Asserted {
    fn read(value: Value) -> Result<Self, Fault> {
        read(value).map(Self)
    }
    fn schema() -> RefOr<Schema> {
        schema()
    }
}

/// One that came by way of the second factors.
pub(super) fn asserted(value: &Value) -> Option<PublicKeyCredential> {
    read(value.clone()).ok()
}
