use http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:ident $text:literal;)*) => {
        /// The stable codes of the HTTP contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[doc = $doc])+ $name,)* }

        impl Code {
            /// All of them, for the API description.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As it stands in the answer.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it means, in one line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)* }
            }

            /// The status it goes with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

codes! {
    /// A field is missing, of the wrong type, too long, or refused by its rule.
    ValidationFailed = BAD_REQUEST "VALIDATION_FAILED";
    /// The password breaks rules, each named in the details.
    WeakPassword = BAD_REQUEST "WEAK_PASSWORD";
    /// The body is no JSON object, or was cut short, or names a field twice.
    MalformedJson = BAD_REQUEST "MALFORMED_JSON";
    /// Neither a refresh token nor a session cookie was sent.
    MissingRefreshToken = BAD_REQUEST "MISSING_REFRESH_TOKEN";
    /// Two explicit credentials in one request.
    AmbiguousCredentials = BAD_REQUEST "AMBIGUOUS_CREDENTIALS";
    /// A mailed link or code that was used up, has expired or never was.
    InvalidLink = BAD_REQUEST "INVALID_LINK";
    /// No credential was sent where one is needed.
    TokenMissing = UNAUTHORIZED "TOKEN_MISSING";
    /// The access token's time is over.
    TokenExpired = UNAUTHORIZED "TOKEN_EXPIRED";
    /// The token is not one of ours, or altered, or for another use.
    InvalidToken = UNAUTHORIZED "INVALID_TOKEN";
    /// The session, grant or account behind the token was ended.
    TokenRevoked = UNAUTHORIZED "TOKEN_REVOKED";
    /// E-mail address or password is wrong; nobody learns which.
    InvalidCredentials = UNAUTHORIZED "INVALID_CREDENTIALS";
    /// The refresh token is not one of ours, or its login was ended.
    InvalidRefreshToken = UNAUTHORIZED "INVALID_REFRESH_TOKEN";
    /// The refresh token's time is over.
    RefreshTokenExpired = UNAUTHORIZED "REFRESH_TOKEN_EXPIRED";
    /// A spent refresh token was shown again; its login is ended.
    RefreshTokenReused = UNAUTHORIZED "REFRESH_TOKEN_REUSED";
    /// The API key is not one of ours, or was revoked.
    InvalidApiKey = UNAUTHORIZED "INVALID_API_KEY";
    /// The password was right; a second factor is needed.
    MfaRequired = UNAUTHORIZED "MFA_REQUIRED";
    /// The second factor's code is wrong.
    InvalidMfaCode = UNAUTHORIZED "INVALID_MFA_CODE";
    /// The act needs a recent proof of who asks.
    StepUpRequired = UNAUTHORIZED "STEP_UP_REQUIRED";
    /// Not permitted.
    Forbidden = FORBIDDEN "FORBIDDEN";
    /// The e-mail address must be verified first.
    EmailNotVerified = FORBIDDEN "EMAIL_NOT_VERIFIED";
    /// The account is disabled.
    AccountDisabled = FORBIDDEN "ACCOUNT_DISABLED";
    /// The request may come from another site.
    CsrfFailed = FORBIDDEN "CSRF_FAILED";
    /// A challenge must be solved first.
    CaptchaRequired = FORBIDDEN "CAPTCHA_REQUIRED";
    /// Plain HTTP where HTTPS is needed.
    HttpsRequired = FORBIDDEN "HTTPS_REQUIRED";
    /// Nobody may register here.
    RegistrationClosed = FORBIDDEN "REGISTRATION_CLOSED";
    /// No such thing, or none that the caller may know of.
    NotFound = NOT_FOUND "NOT_FOUND";
    /// The path exists, the method does not.
    MethodNotAllowed = METHOD_NOT_ALLOWED "METHOD_NOT_ALLOWED";
    /// An account has this e-mail address.
    UserExists = CONFLICT "USER_EXISTS";
    /// The act contradicts the present state.
    Conflict = CONFLICT "CONFLICT";
    /// The body is larger than the route takes.
    PayloadTooLarge = PAYLOAD_TOO_LARGE "PAYLOAD_TOO_LARGE";
    /// The body is not JSON by its content type.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "UNSUPPORTED_MEDIA_TYPE";
    /// Too many failed attempts; `Retry-After` says how long.
    AccountLocked = LOCKED "ACCOUNT_LOCKED";
    /// Too many requests; `Retry-After` says how long.
    RateLimited = TOO_MANY_REQUESTS "RATE_LIMITED";
    /// Too much work at once; `Retry-After` says when to try again.
    Overloaded = SERVICE_UNAVAILABLE "OVERLOADED";
    /// The database or another needed part is away.
    Unavailable = SERVICE_UNAVAILABLE "UNAVAILABLE";
    /// A fault of the server; the cause is in its log.
    Internal = INTERNAL_SERVER_ERROR "INTERNAL";
}
