//! Why a ceremony is refused: for the audit log. The caller is told one thing whatever it was.

use webauthn_rs_core::error::WebauthnError;

/// See the module.
#[derive(Debug)]
pub(super) enum Fault {
    /// The client data is no client data.
    ClientData,
    /// The challenge is none of ours, or was answered, or is over.
    Challenge,
    /// Signed for a page of others.
    Origin,
    /// Signed within another site's page.
    CrossOrigin,
    /// No passkey has this credential id, or it is another account's.
    Credential,
    /// The user handle is missing, or another account's.
    UserHandle,
    /// The signature counter went back: there are two of this authenticator.
    Counter,
    /// The user was not present, or not verified.
    User,
    /// The signature is wrong.
    Signature,
    /// No maker that may vouch for the authenticator does.
    Maker,
    /// Anything else of the many rules.
    Rule(WebauthnError),
}

impl Fault {
    /// As the audit log has it.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::ClientData => "client_data".into(),
            Self::Challenge => "challenge".into(),
            Self::Origin => "origin".into(),
            Self::CrossOrigin => "cross_origin".into(),
            Self::Credential => "credential".into(),
            Self::UserHandle => "user_handle".into(),
            Self::Counter => "counter".into(),
            Self::User => "user".into(),
            Self::Signature => "signature".into(),
            Self::Maker => "maker".into(),
            Self::Rule(error) => error.to_string(),
        }
    }
}

impl From<WebauthnError> for Fault {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Counter,
            WebauthnError::UserNotPresent | WebauthnError::UserNotVerified => Self::User,
            WebauthnError::AuthenticationFailure => Self::Signature,
            WebauthnError::MismatchedChallenge => Self::Challenge,
            WebauthnError::InvalidRPOrigin => Self::Origin,
            WebauthnError::CredentialCrossOrigin => Self::CrossOrigin,
            WebauthnError::AttestationNotVerifiable
            | WebauthnError::AttestationChainNotTrusted(_)
            | WebauthnError::AttestationFormatMissingAaguid
            | WebauthnError::AttestationUntrustedAaguid => Self::Maker,
            other => Self::Rule(other),
        }
    }
}
